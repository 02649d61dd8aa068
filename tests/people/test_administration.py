"""Admins give roles and close accounts; the last of them is safe (G12)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bookplate.core.errors import RemovedMeanwhile
from bookplate.core.models import Event
from bookplate.people import administration
from bookplate.people.administration import LastAdmin
from bookplate.people.models import User
from bookplate.people.roles import Role
from tests.api.test_races import at_once, statuses
from tests.cast import signed_in

pytestmark = pytest.mark.django_db
DEMOTED, CLOSED = {"role": "member"}, {"is_active": False}


def test_a_role_is_given_and_works_at_once(admin: User, alice: User) -> None:
    client = signed_in(alice)
    assert client.get("/api/accounts/").status_code == 403
    answer = signed_in(admin).patch(f"/api/accounts/{alice.pk}/", {"role": "admin"})

    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert client.get("/api/accounts/").status_code == 200


def test_a_closed_account_is_signed_out_and_can_be_opened_again(admin: User, alice: User) -> None:
    client, address = signed_in(alice), f"/api/accounts/{alice.pk}/"
    signed_in(admin).patch(address, CLOSED)
    assert client.get("/api/users/me/").status_code == 401
    signed_in(admin).patch(address, {"is_active": True})

    assert client.get("/api/users/me/").status_code == 401
    assert signed_in(alice).get("/api/users/me/").status_code == 200


def test_sign_ins_are_ended_by_an_admin(admin: User, alice: User) -> None:
    client = signed_in(alice)
    assert signed_in(admin).post(f"/api/accounts/{alice.pk}/sign-out/").status_code == 204

    assert client.get("/api/users/me/").status_code == 401


def test_what_an_account_is_called_is_not_the_admins_to_change(admin: User, alice: User) -> None:
    signed_in(admin).patch(f"/api/accounts/{alice.pk}/", {"username": "mallory", "email": "m@example.org", "id": 9})
    alice.refresh_from_db()

    assert (alice.username, alice.email) == ("alice", "alice@example.org")


@pytest.mark.parametrize("change", [DEMOTED, CLOSED])
def test_the_last_admin_stays(admin: User, make_user: Callable[..., User], change: dict[str, Any]) -> None:
    make_user("closed", Role.ADMIN)
    User.objects.filter(username="closed").update(is_active=False)
    answer = signed_in(admin).patch(f"/api/accounts/{admin.pk}/", change)

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/last-admin")
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == ("admin", True)


def test_the_last_admin_stays_at_djangos_admin_too(admin: User) -> None:
    client = Client()
    client.force_login(admin)
    values = {"username": "admin", "email": "", "role": "member", "is_active": "on", "group": admin.group_id}
    values |= {f"profile-{name}": number for name, number in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    answer = client.post(reverse("admin:people_user_change", args=[admin.pk]), values, follow=True)
    client.post(reverse("admin:people_user_delete", args=[admin.pk]), {"post": "yes"})
    admin.refresh_from_db()

    assert ("is the only admin" in answer.text, admin.role) == (True, "admin")


def test_the_page_tells_why_the_last_admin_stays(admin: User) -> None:
    client = Client()
    client.force_login(admin)
    for act, values in (("", {"role": "member"}), ("close/", {})):
        answer = client.post(f"/accounts/{admin.pk}/{act}", values, follow=True)

        assert "is the only admin. Make somebody else one first." in answer.text


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_leave_one(admin: User, make_user: Callable[..., User]) -> None:
    other = make_user("other", Role.ADMIN)
    for _ in range(5):
        User.objects.update(role=Role.ADMIN)
        acts = [(signed_in(admin), other), (signed_in(other), admin)]
        answers = at_once(*[lambda c=c, u=u: c.patch(f"/api/accounts/{u.pk}/", DEMOTED) for c, u in acts])

        assert statuses(answers) in ([200, 403], [200, 409])
        assert User.objects.filter(role=Role.ADMIN).count() == 1


def test_every_change_is_in_the_audit(admin: User, alice: User) -> None:
    client = signed_in(admin)
    client.patch(f"/api/accounts/{alice.pk}/", {"role": "librarian"})
    client.post(f"/api/accounts/{alice.pk}/sign-out/")
    kept = Event.objects.values_list("type", "by", "user", "note", "audience")

    assert list(kept) == [
        ("account.changed", admin.pk, alice.pk, "member → librarian", "admins"),
        ("account.signed-out", admin.pk, alice.pk, "", "admins"),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_is_two_queries(
    admin: User, make_user: Callable[..., User], rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        make_user(f"user{number}", group=f"Group {number}")
    client = signed_in(admin)

    with django_assert_num_queries(2):
        assert len(client.get("/api/accounts/?search=USER&role=member").json()) == rows


def test_an_account_removed_meanwhile_is_told(admin: User, alice: User) -> None:
    alice.member.delete()
    User.objects.filter(pk=alice.pk).delete()

    with pytest.raises(RemovedMeanwhile):
        administration.change(alice, role=Role.ADMIN)


def test_without_another_admin_nothing_is_written(admin: User) -> None:
    with pytest.raises(LastAdmin):
        administration.change(admin, role=Role.MEMBER)
    assert not Event.objects.exists()
