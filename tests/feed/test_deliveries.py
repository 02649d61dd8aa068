"""Deliveries: in order, again after a failure until it arrives or for a day, once more when asked, by one worker."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookplate.catalog import books, copies
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core.errors import Invalid
from bookplate.core.models import Event
from bookplate.feed import courier, own_data, reading, webhooks
from bookplate.feed.models import Delivery, DeliveryState, Webhook
from bookplate.people.models import User
from tests.cast import Posted
from tests.feed.delivering import answering, deliver, heard, let_time_pass, seconds_to_wait
from tests.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db


def test_events_come_in_their_order_each_once(receiver: Receiver, hook: Webhook) -> None:
    numbers = [books.add(title=f"Book {number}").pk for number in range(4)]
    deliver()
    deliver()

    assert heard(receiver) == [("book.added", number) for number in numbers]
    assert list(hook.deliveries.values_list("state", flat=True).distinct().order_by()) == ["delivered"]
    hook.refresh_from_db()
    assert hook.upto == reading.latest()


def test_a_failure_holds_the_others_back_and_is_tried_again_after_growing_pauses(
    receiver: Receiver, hook: Webhook
) -> None:
    receiver.reply = answering(200, 500, 503, 200)  # the first is for the event of the webhook's own making
    dune, emma = books.add(title="Dune").pk, books.add(title="Emma").pk
    deliver()
    deliver()
    assert heard(receiver) == [("book.added", dune)]
    first = seconds_to_wait(hook)
    let_time_pass(hook)
    deliver()
    second = seconds_to_wait(hook)
    let_time_pass(hook)
    deliver()

    assert heard(receiver) == [("book.added", dune)] * 3 + [("book.added", emma)]
    assert (first, second) == (6, 30)
    ids = {received.headers["webhook-id"] for received in receiver.got if json.loads(received.body).get("book") == dune}
    assert len(ids) == 1
    tried = hook.deliveries.get(event__in=Event.objects.filter(book=dune).values("pk"))
    assert (tried.state, tried.attempts, tried.status) == ("delivered", 3, 200)


def test_the_pauses_grow_for_about_a_day() -> None:
    assert sorted(courier.PAUSES) == courier.PAUSES
    assert timedelta(hours=23) < sum(courier.PAUSES, timedelta()) < timedelta(hours=25)


def test_after_a_day_it_is_set_aside_and_its_owner_hears_of_it(
    receiver: Receiver, hook: Webhook, librarian: User, posted: Posted
) -> None:
    receiver.reply = answering(500)
    for _ in courier.PAUSES:
        deliver()
        let_time_pass(hook)
    hook.refresh_from_db()
    assert not hook.is_set_aside
    _, mails = posted(deliver)

    hook.refresh_from_db()
    assert hook.problem == "For a day nothing arrived. At last: It answered with 500."
    assert [(mail.to, mail.subject) for mail in mails] == [
        (["librarian@example.org"], "Bookplate: A webhook was set aside")
    ]
    told = Event.objects.get(type="webhook.set-aside")
    assert (told.audience, told.audience_of, told.note) == ("user", librarian.pk, "127.0.0.1")
    count = len(receiver.got)
    dune = books.add(title="Dune").pk
    deliver()
    assert len(receiver.got) == count

    # Let go on, it gets what it missed.
    receiver.reply = answering(200)
    webhooks.resume(hook)
    deliver()
    assert heard(receiver) == [("book.added", dune)]
    assert Event.objects.filter(type="webhook.resumed").count() == 1


def test_410_ends_it_at_once(receiver: Receiver, hook: Webhook) -> None:
    receiver.reply = answering(410)
    deliver()

    hook.refresh_from_db()
    assert (hook.problem, len(receiver.got)) == ("The receiver wants no more (410 Gone).", 1)


def test_a_redirect_is_a_failure(receiver: Receiver, hook: Webhook) -> None:
    receiver.reply = lambda _: Reply(302, {"Location": receiver.url("/elsewhere")})
    deliver()

    assert [received.path for received in receiver.got] == ["/hook"]
    failed = hook.deliveries.get()
    assert (failed.state, failed.status) == ("waiting", 302)
    assert failed.problem == "It answered with 302. Redirects are not followed: change the address."


def test_a_private_address_gets_nothing(receiver: Receiver, hook: Webhook, settings: Any) -> None:
    settings.REACHABLE_NETWORKS = []
    deliver()

    assert receiver.got == []
    failed = hook.deliveries.get()
    assert (failed.state, failed.status) == ("waiting", None)
    assert failed.problem.startswith("127.0.0.1 is no public address.")


def test_what_became_hidden_before_it_was_sent_is_not_sent(receiver: Receiver, librarian: User, book: Book) -> None:
    alice = User.objects.create(username="owner", group=librarian.group)
    hook, _ = webhooks.add(librarian, receiver.url(), ["copy.added"])
    receiver.reply = answering(500, 200)
    private, shown = copies.add(book, owner=alice), copies.add(book, owner=alice)
    deliver()
    copies.change(private, visibility=Visibility.OWNER)
    let_time_pass(hook)
    deliver()

    assert [json.loads(received.body)["copy"] for received in receiver.got] == [private.pk, shown.pk]
    states = list(hook.deliveries.order_by("event").values_list("state", "attempts"))
    assert states == [("failed", 1), ("delivered", 1)]
    assert hook.deliveries.get(state="failed").problem == courier.NOT_FOR_IT


def test_one_is_sent_again(receiver: Receiver, hook: Webhook) -> None:
    dune = books.add(title="Dune").pk
    deliver()
    event = Event.objects.get(book=dune)
    webhooks.send_again(hook, event.pk)
    deliver()
    deliver()

    assert heard(receiver) == [("book.added", dune)] * 2
    assert hook.deliveries.get(event=event.pk).attempts == 2


def test_one_sent_again_in_vain_holds_nothing_up(receiver: Receiver, hook: Webhook) -> None:
    dune = books.add(title="Dune").pk
    deliver()
    event = Event.objects.get(book=dune)
    receiver.reply = answering(500, 200)
    webhooks.send_again(hook, event.pk)
    emma = books.add(title="Emma").pk
    deliver()

    assert heard(receiver) == [("book.added", dune)] * 2 + [("book.added", emma)]
    failed = hook.deliveries.get(event=event.pk)
    assert (failed.state, failed.attempts, failed.status) == ("failed", 2, 500)


def test_what_waits_for_its_next_attempt_is_sent_now(receiver: Receiver, hook: Webhook) -> None:
    receiver.reply = answering(500, 200)
    deliver()
    webhooks.send_again(hook, hook.deliveries.get().event)
    deliver()

    assert hook.deliveries.get().state == DeliveryState.DELIVERED


def test_what_may_not_be_seen_any_more_is_not_sent_again(receiver: Receiver, librarian: User, book: Book) -> None:
    owner = User.objects.create(username="owner", group=librarian.group)
    hook, _ = webhooks.add(librarian, receiver.url(), ["copy.added"])
    private = copies.add(book, owner=owner)
    deliver()
    copies.change(private, visibility=Visibility.OWNER)
    webhooks.send_again(hook, hook.deliveries.get().event)
    deliver()

    assert (len(receiver.got), hook.deliveries.get().state) == (1, "failed")


def test_what_was_not_sent_cannot_be_sent_again(hook: Webhook) -> None:
    with pytest.raises(Invalid, match="No such event was sent to this webhook"):
        webhooks.send_again(hook, 10**9)


def test_the_next_one_of_a_webhook_that_is_set_aside_waits(receiver: Receiver, hook: Webhook) -> None:
    receiver.reply = answering(410)
    deliver()
    with pytest.raises(webhooks.WebhookSetAside):
        webhooks.send_again(hook, hook.deliveries.get().event)


def test_two_workers_do_not_serve_one_webhook(receiver: Receiver, hook: Webhook) -> None:
    assert courier.due() == [hook.pk]
    assert courier.due() == []

    courier.release(hook.pk)
    assert courier.due() == [hook.pk]


def test_whose_worker_was_killed_is_served_by_another(receiver: Receiver, hook: Webhook) -> None:
    """Killed between the answer and the note of it: sent once more, with the same number."""
    [number] = courier.due()
    parcel = courier.next_parcel(number)
    assert parcel
    asyncio.run(courier.carry(parcel))
    assert courier.due() == []

    Webhook.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    deliver()
    assert len(receiver.got) == 2
    assert len({received.headers["webhook-id"] for received in receiver.got}) == 1

    # The first one was only slow, and is late: that takes nothing back.
    books.add(title="Dune")
    deliver()
    upto = Webhook.objects.get().upto
    for late in (courier.Outcome(200), courier.Outcome(None, "late")):
        courier.note(parcel, late)
        assert (Webhook.objects.get().upto, Webhook.objects.get().next_at) == (upto, None)


def test_old_deliveries_are_forgotten(receiver: Receiver, hook: Webhook) -> None:
    deliver()
    books.add(title="Dune")
    deliver()
    Delivery.objects.filter(event=Delivery.objects.last().event).update(  # type: ignore[union-attr]
        tried_at=timezone.now() - timedelta(days=31)
    )

    assert own_data.tidy() == 1
    assert [delivery.type for delivery in Delivery.objects.all()] == ["book.added"]


@pytest.mark.parametrize("rows", [1, 3])
def test_sending_asks_so_often_however_much_there_is(
    receiver: Receiver, hook: Webhook, copy: Copy, rows: int, django_assert_num_queries: Any
) -> None:
    deliver()
    for number in range(rows):
        books.add(title=f"Book {number}")
    [number] = courier.due()

    for _ in range(rows):
        with django_assert_num_queries(7):
            parcel = courier.next_parcel(number)
        assert parcel
        with django_assert_num_queries(9):
            courier.note(parcel, courier.Outcome(200))
