"""Members by their card: nobody twice, no card of another's, no account."""

from collections.abc import Sequence
from datetime import date

import pytest

from bookplate.catalog.importing.models import Import
from bookplate.core.models import Event
from bookplate.lending.moving.members import MemberDraft, Members
from bookplate.people.models import Member, User
from tests.catalog.importing.conftest import Bring, counts, failures
from tests.lending.moving.conftest import members

pytestmark = pytest.mark.django_db

KOHA = """cardnumber,surname,firstname,email,categorycode,dateexpiry,borrowernotes
23529000035676,Acosta,Edna,edna@example.org,PT,2027-06-30,Lost a card once
23529000050113,Şahin,İpek,,ST,0000-00-00,
23529000080862,Reading Circle,,,,,
"""


def test_koha(bring: Bring) -> None:
    job = bring(KOHA)

    assert (job.format, counts(job)) == ("members", (3, 3, 0, 0, 0))
    assert members() == [
        ("23529000035676", "Edna", "Acosta", date(2027, 6, 30), "Group: PT\nLost a card once"),
        ("23529000050113", "İpek", "Şahin", None, "Group: ST"),
        ("23529000080862", "Reading Circle", "", None, ""),
    ]
    assert User.objects.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_any_encoding_and_separator(bring: Bring, encoding: str, separator: str) -> None:
    rows = ["Ausweisnummer;Nachname;Vorname;gültig bis", "007;Müller;Jörg;31.12.2026", "008;Groß;Zoë;1.2.2027"]
    bring("\r\n".join(rows).replace(";", separator).encode(encoding))

    assert members() == [
        ("007", "Jörg", "Müller", date(2026, 12, 31), ""),
        ("008", "Zoë", "Groß", date(2027, 2, 1), ""),
    ]


def test_excel_keeps_a_card_as_text_and_rounds_another(bring: Bring) -> None:
    job = bring('Card No,Name\n"=""0012""","Doe, Jane"\n13.0,John Q. Public\n2.3529E+13,Who\n')

    assert [row[:3] for row in members()] == [("0012", "Jane", "Doe"), ("13", "John Q.", "Public")]
    assert failures(job) == [
        (4, "card", "A spreadsheet has rounded the number of the card to 2.3529E+13. Write it out as text.")
    ]


def test_people_may_be_called_what_others_write_for_want_of_a_name(bring: Bring) -> None:
    bring("card,firstname,lastname\n1,Na,Null\n")

    assert [row[:3] for row in members()] == [("1", "Na", "Null")]


def test_two_files_in_a_row_make_nobody_twice(bring: Bring) -> None:
    bring(KOHA)

    assert counts(bring(KOHA)) == (3, 0, 0, 3, 0)
    assert Member.objects.count() == 3


def test_what_is_empty_is_filled_and_the_later_end_is_good(bring: Bring, cards: dict[str, Member]) -> None:
    Member.objects.filter(card="2").update(notes="Ours", expires_on=date(2027, 1, 1))
    Member.objects.filter(card="3").update(expires_on=date(2028, 1, 1))
    rows = ["card,name,notes,expires"] + [f"{card},{cards[card]},Theirs,2027-06-30" for card in cards]
    job = bring("\n".join(rows))

    assert counts(job) == (3, 0, 3, 0, 0)
    assert [row[3:] for row in members()] == [
        (date(2027, 6, 30), "Theirs"),
        (date(2027, 6, 30), "Ours"),
        (date(2028, 1, 1), "Theirs"),
    ]
    assert set(Event.objects.exclude(type__startswith="import.").values_list("type", "audience")) == {
        ("member.changed", "staff")
    }


def test_a_card_of_another_name_fails_and_changes_nothing(bring: Bring, cards: dict[str, Member]) -> None:
    before = members()
    job = bring("card,surname,firstname,note\n1,Other,Zed,x\n2,EXAMPLE,bén,\n9,New,Nora,\n9,Nobody,Nora,\n")

    assert counts(job) == (4, 1, 0, 1, 2)
    assert failures(job) == [
        (2, "card", "The card 1 is Ann Example's here, and this row has another name."),
        (5, "card", "The card 9 is Nora New's here, and this row has another name."),
    ]
    assert members()[:3] == before


def test_what_cannot_be_a_card_is_told(bring: Bring) -> None:
    job = bring(f"card,firstname\n,Ann\n1,\n{'9' * 41},Ann\n2,{'x' * 151}\n")

    assert failures(job) == [
        (2, "card", "There is no number of a card. Without one the same person would come in twice."),
        (3, "name", "There is no name."),
        (4, "card", "The number of the card has 41 characters; at most 40 can be kept."),
        (5, "firstname", "The first name has 151 characters; at most 150 can be kept."),
    ]


def test_a_row_that_completes_an_earlier_one_of_the_same_file(bring: Bring) -> None:
    job = bring("card,firstname,expires\n1,Ann,\n1,Ann,2027-01-31\n1,Ann,2027-01-31\n")

    assert (counts(job), members()) == ((3, 1, 1, 1, 0), [("1", "Ann", "", date(2027, 1, 31), "")])


def test_the_desk_hears_of_new_cards(bring: Bring) -> None:
    bring("card,firstname\n1,Ann\n")

    told = list(Event.objects.order_by("id").values_list("type", "audience", "member"))
    assert told == [
        ("import.added", "staff", None),
        ("member.added", "staff", Member.objects.get().pk),
        ("import.progressed", "staff", None),
        ("import.finished", "staff", None),
    ]


def test_a_card_made_meanwhile_costs_no_other_row(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    Member.objects.create(card="2", firstname="Ben")
    looked_up = Members.__init__

    def blind_at_first(self: Members, drafts: Sequence[MemberDraft], job: Import, rehearsal: None) -> None:
        looked_up(self, drafts, job, rehearsal)
        if len(drafts) > 1:
            self.members.clear()

    monkeypatch.setattr(Members, "__init__", blind_at_first)
    job = bring("card,firstname\n1,Ann\n2,Ben\n3,Cleo\n")

    assert (counts(job), failures(job), Member.objects.count()) == ((3, 2, 0, 1, 0), [], 3)
