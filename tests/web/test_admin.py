"""Django's admin: a door like the others."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.feed import webhooks
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

ROOMS = ["core", "people", "catalog", "lending", "feed"]
TABLES = [
    f"{model._meta.app_label}_{model._meta.model_name}"
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
]
LIBRARIANS = {
    "catalog_book",
    "catalog_copy",
    "catalog_import",
    "catalog_importfailure",
    "lending_loan",
    "lending_hold",
    "people_group",
    "people_member",
}


@pytest.fixture
def desk(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_page_for_those_who_may(
    client: Client, table: str, loan: Loan, admin: User, librarian: User, assistant: User
) -> None:
    address = reverse(f"admin:{table}_changelist")
    statuses = []
    for user in (admin, librarian, assistant):
        client.force_login(user)
        statuses.append(client.get(address, {"q": "x"}).status_code)

    assert statuses == [200, 200 if table in LIBRARIANS else 403, 302]


def test_there_is_one_table_of_groups(desk: Client) -> None:
    assert desk.get(reverse("admin:index")).content.decode().count(">Groups</a>") == 1


@pytest.mark.parametrize(
    "table",
    ["catalog_book", "catalog_copy", "people_member", "people_user", "people_group", "lending_loan", "lending_hold"],
)
def test_every_form_opens(desk: Client, table: str, loan: Loan) -> None:
    assert desk.get(reverse(f"admin:{table}_add")).status_code == 200


def test_a_new_account_gets_its_profile_and_group(desk: Client) -> None:
    words = {
        "username": "dora",
        "usable_password": "true",
        "password1": "long-enough-42",
        "password2": "long-enough-42",
        "role": "member",
    }
    group = User.objects.get(username="admin").group_id
    desk.post(reverse("admin:people_user_add"), words | {"group": group})

    dora = User.objects.get(username="dora")
    assert (dora.profile.info, dora.group_id, dora.check_password("long-enough-42")) == ("", group, True)

    desk.post(reverse("admin:people_user_add"), words | {"username": "erik", "group": ""})
    erik = User.objects.get(username="erik")
    assert (erik.profile.info, erik.group.name) == ("", "Everyone")


def test_ones_own_password_is_changed_on_our_page_where_wrong_ones_count(desk: Client) -> None:
    words = {"old_password": "wrong", "new_password1": "long-enough-42", "new_password2": "long-enough-42"}
    answers = [desk.get("/admin/password_change/"), desk.post("/admin/password_change/", words)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/password/")] * 2


def test_friendships_are_not_the_admin_s_to_write(desk: Client, alice: User, bob: User) -> None:
    address = reverse("admin:people_user_change", args=[alice.pk])
    form = desk.get(address).context["adminform"].form
    answer = desk.post(address, words_of(form) | {"friends": [bob.pk]})

    assert (answer.status_code, "friends" in form.fields, alice.friends.count()) == (302, False, 0)


def words_of(form: Any) -> dict[str, Any]:
    """The account's form as it is, with the profile's beside it."""
    words = {name: form.initial.get(name) or "" for name in form.fields}
    profile = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
    return words | {f"profile-{name}": value for name, value in profile.items()}


@pytest.mark.parametrize("usable", [True, False])
def test_a_password_that_an_admin_sets_ends_the_sign_ins(desk: Client, alice: User, usable: bool) -> None:
    program = signed_in(alice)
    words = {"password1": "long-enough-42", "password2": "long-enough-42", "usable_password": str(usable).lower()}
    button = {} if usable else {"unset-password": "1"}
    answer = desk.post(reverse("admin:auth_user_password_change", args=[alice.pk]), words | button)

    alice.refresh_from_db()
    assert (answer.status_code, alice.check_password("long-enough-42")) == (302, usable)
    assert alice.has_usable_password() is usable
    assert program.get("/api/users/me/").status_code == 401
    assert Event.objects.get().type == "account.password-set"


def test_a_book_is_added_and_changed_through_its_room(desk: Client) -> None:
    words = {"title": "Emma", "author": "Jane Austen", "isbn": "0-14-143958-0", "published_year": "1815"}
    desk.post(reverse("admin:catalog_book_add"), words)
    book = Book.objects.get()
    desk.post(reverse("admin:catalog_book_change", args=[book.pk]), words | {"title": "Emma, again"})

    book.refresh_from_db()
    assert (book.title, book.title_key, book.isbn) == ("Emma, again", "emma, again", "9780141439587")
    assert [event.type for event in Event.objects.all()] == ["book.added", "book.changed"]


def test_what_is_still_used_stays_and_says_why(desk: Client, loan: Loan) -> None:
    for table, row in (("catalog_book", loan.copy.book), ("catalog_copy", loan.copy), ("people_member", loan.member)):
        assert row is not None
        answer = desk.post(reverse(f"admin:{table}_delete", args=[row.pk]), {"post": "yes"}, follow=True)
        assert answer.status_code == 200
    assert (Book.objects.count(), Copy.objects.count(), Member.objects.filter(loans=loan).count()) == (1, 1, 1)


def test_lending_and_taking_back(desk: Client, copy: Copy, alice: User) -> None:
    desk.post(reverse("admin:lending_loan_add"), {"copy": copy.pk, "member": alice.member.pk})
    loan = Loan.objects.get()
    again = desk.post(reverse("admin:lending_loan_add"), {"copy": copy.pk, "member": alice.member.pk}, follow=True)
    assert (Loan.objects.count(), "is on loan" in again.content.decode()) == (1, True)

    desk.post(reverse("admin:lending_loan_changelist"), {"action": "take_back", "_selected_action": [loan.pk]})
    assert (Copy.objects.get().state, Loan.objects.open().count()) == (State.IN, 0)


def test_a_hold_is_placed(desk: Client, copy: Copy, book: Book, alice: User) -> None:
    desk.post(reverse("admin:lending_hold_add"), {"book": book.pk, "member": alice.member.pk})

    assert Hold.objects.get().member == alice.member


def test_a_sign_in_is_ended(desk: Client, alice: User) -> None:
    client = signed_in(alice)
    assert client.get("/api/users/me/").status_code == 200
    desk.post(
        reverse("admin:people_session_changelist"), {"action": "end", "_selected_action": [alice.sessions.get().pk]}
    )

    assert client.get("/api/users/me/").status_code == 401


@pytest.mark.parametrize(
    "query", ["q=%00", "state__exact=%00", "visibility__exact=%FF", "p=x", "o=9", "book__id=99999999999999999999"]
)
def test_a_strange_query_is_no_fault_of_the_server(desk: Client, copy: Copy, query: str) -> None:
    assert desk.get(f"{reverse('admin:catalog_copy_changelist')}?{query}").status_code in (200, 302, 400)


def test_the_owner_of_a_copy_that_is_out_does_not_change(desk: Client, loan: Loan, bob: User) -> None:
    change = reverse("admin:catalog_copy_change", args=[loan.copy_id])
    words = {"book": loan.copy.book_id, "barcode": "B1", "kind": "book", "visibility": "everyone", "owner": bob.pk}
    answer = desk.post(change, words, follow=True)

    assert "(B1) is on loan. Take it back before its owner changes." in answer.content.decode()
    assert Copy.objects.get().owner is None
    checkout.give_back(loan)
    desk.post(change, words)
    assert Copy.objects.get().owner == bob


def test_a_copy_stays_with_its_book(desk: Client, copy: Copy) -> None:
    other = Book.objects.create(title="Another")
    words = {"book": other.pk, "barcode": copy.barcode, "kind": "book", "visibility": "everyone"}
    answer = desk.post(reverse("admin:catalog_copy_change", args=[copy.pk]), words, follow=True)

    assert "A copy stays with its book." in answer.content.decode()
    assert Copy.objects.get().book_id == copy.book_id


def test_a_librarian_does_not_see_what_is_only_its_owners(
    client: Client, librarian: User, copy: Copy, alice: User
) -> None:
    Copy.objects.update(owner=alice, visibility="owner")
    client.force_login(librarian)

    assert client.get(reverse("admin:catalog_copy_change", args=[copy.pk])).status_code == 302
    assert f">{copy.barcode}<" not in client.get(reverse("admin:catalog_copy_changelist")).content.decode()


def test_a_librarian_sees_a_persons_copy_but_does_not_change_it(
    client: Client, librarian: User, admin: User, copy: Copy, alice: User
) -> None:
    Copy.objects.update(owner=alice)
    change, delete = (reverse(f"admin:catalog_copy_{verb}", args=[copy.pk]) for verb in ("change", "delete"))
    words = {"book": copy.book_id, "barcode": "taken-over", "kind": "book", "visibility": "everyone"}
    client.force_login(librarian)
    statuses = [client.get(change), client.post(change, words), client.post(delete, {"post": "yes"})]
    assert ([answer.status_code for answer in statuses], Copy.objects.get().barcode) == ([200, 403, 403], "B1")

    client.force_login(admin)
    client.post(change, words | {"owner": alice.pk})
    assert Copy.objects.get().barcode == "taken-over"


def test_a_librarian_gives_nothing_to_an_account(
    client: Client, librarian: User, admin: User, copy: Copy, alice: User
) -> None:
    card = Member.objects.create(firstname="Grace", card="card-grace")
    erik = User.objects.create(username="erik")
    owned = {"book": copy.book_id, "barcode": "B1", "kind": "book", "visibility": "everyone", "owner": alice.pk}
    linked = {"firstname": "Grace", "card": "card-grace", "user": erik.pk}
    given = []
    for user in (librarian, admin):
        client.force_login(user)
        client.post(reverse("admin:catalog_copy_change", args=[copy.pk]), owned)
        client.post(reverse("admin:people_member_change", args=[card.pk]), linked)
        given.append((Copy.objects.get().owner, Member.objects.get(pk=card.pk).user))

    assert given == [(None, None), (alice, erik)]


def test_a_librarian_cannot_lend_what_they_do_not_see(
    client: Client, librarian: User, copy: Copy, alice: User, bob: User
) -> None:
    Copy.objects.update(owner=alice, visibility="owner")
    client.force_login(librarian)
    words = {"copy": copy.pk, "member": bob.member.pk}
    hidden = client.post(reverse("admin:lending_loan_add"), words).content.decode()
    unknown = client.post(reverse("admin:lending_loan_add"), words | {"copy": 10**6}).content.decode()

    assert Loan.objects.count() == 0
    assert [text.count("That choice is not one of the available choices") for text in (hidden, unknown)] == [1, 1]


@pytest.mark.parametrize("words", ["bronte", "Brontë", "EYRE  Brontë", "978-0-14-243720-9", "0142437204"])
def test_a_book_is_found_however_it_is_spelt(desk: Client, words: str) -> None:
    found = Book.objects.create(title="Jane Eyre", author="Charlotte Brontë", isbn="9780142437209")
    Book.objects.create(title="Emma", author="Jane Austen")
    where = {"app_label": "catalog", "model_name": "copy", "field_name": "book", "term": words}
    chosen = desk.get(reverse("admin:autocomplete"), where).json()["results"]
    listed = desk.get(reverse("admin:catalog_book_changelist"), {"q": words}).context["cl"]

    assert ([int(one["id"]) for one in chosen], list(listed.queryset)) == ([found.pk], [found])


@pytest.mark.parametrize("table", ["catalog_copy", "lending_hold"])
def test_copies_and_holds_are_found_by_their_book_however_it_is_spelt(
    desk: Client, table: str, copy: Copy, alice: User
) -> None:
    Book.objects.update(title="L’Été")
    Book.objects.get().save()
    holds.place(copy.book, alice.member)
    answers = [desk.get(reverse(f"admin:{table}_changelist"), {"q": q}) for q in ("ÉTÉ", "ete", "winter")]

    assert [len(answer.context["cl"].queryset) for answer in answers] == [1, 1, 0]


def test_a_webhook_is_shown_without_what_may_be_a_secret(desk: Client, librarian: User) -> None:
    hook, _ = webhooks.add(librarian, "https://example.org/hook?key=receivers-own")
    delivery = hook.deliveries.create(event=hook.upto, type="book.added")
    for table, row in (("webhook", hook), ("delivery", delivery)):
        for page, arguments in (("changelist", []), ("change", [row.pk])):
            text = desk.get(reverse(f"admin:feed_{table}_{page}", args=arguments)).content.decode()
            assert ("example.org" in text, "receivers-own" in text, hook.salt in text) == (True, False, False)
