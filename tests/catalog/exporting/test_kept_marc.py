"""MARC fields that Bookplate does not use are kept with the book and come out again untouched."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.importing import intake, pipeline, undo
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.readers import READERS, iso2709
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Record
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.models import Book, Copy
from bookplate.people.models import User
from tests.catalog.exporting.conftest import Again, exported
from tests.catalog.importing.conftest import Bring

pytestmark = pytest.mark.django_db

FULL = Marc(
    "00000cam a2200000 i 4500",
    (
        Field("001", data="ocm 12345"),
        Field("003", data="OCoLC"),
        Field("005", data="20240229101112.0"),
        Field("008", data="840229r19831831fr a     b    001 0 fre d"),
        Field("020", subfields=(("a", "2-07-042252-6 (broché) :"), ("c", "12 €"))),
        Field("082", "04", (("a", "843.7"), ("2", "19"))),
        Field("100", "1 ", (("a", "Hugo, Victor,"), ("d", "1802-1885."))),
        Field("245", "10", (("6", "880-01"), ("a", "Notre-Dame de Paris :"), ("b", "1482 /"), ("c", "Victor Hugo."))),
        Field("300", subfields=(("a", "702 p. :"), ("b", "ill. ;"), ("c", "18 cm"))),
        Field("541", "0 ", (("a", "A gift of somebody"), ("h", "£5"))),
        Field("650", " 0", (("a", "Cathedrals"), ("z", "France"), ("v", "Fiction."))),
        Field("880", "10", (("6", "245-01"), ("a", "Нотр-Дам /"))),
        Field("952", subfields=(("p", "V1"), ("o", "F HUG"), ("x", "Coffee on p. 12"))),
        Field("999", subfields=(("z", "Ours alone"),)),
    ),
)


def of(name: str, selection: Selection | None = None) -> list[Marc]:
    """The records of an export in `name`."""
    content = exported(name, selection)
    if name == "marc":
        return [iso2709.parse(raw) for raw in content.split(b"\x1d")[:-1]]
    return [Marc.from_json(json.loads(line)["marc"]) for line in content.splitlines()]


@pytest.fixture
def full(again: Again) -> Book:
    job = again(iso2709.written(FULL), "list.mrc")
    assert (job.created, job.failed) == (1, 0)
    return Book.objects.get()


@pytest.mark.parametrize("name", ["marc", "marcxml", "jsonl"])
def test_it_comes_out_as_it_came_in(full: Book, again: Again, name: str) -> None:
    content = exported(name)
    again(content, f"list{FORMATS[name].suffix}")
    [record] = of("marc")

    assert record.fields == FULL.fields
    assert record.leader[5:9] + record.leader[17:20] == "cam  i "
    assert exported(name) == content


def test_what_was_changed_here_takes_the_place_of_what_the_record_says(full: Book) -> None:
    Book.objects.filter(pk=full.pk).update(title="The Hunchback /", published_year=1833, publisher="Bentley")
    Copy.objects.create(book=full, barcode="V2")
    [record] = of("marc")
    mine = ("008", "245", "264", "880", "952", "997")

    assert [field for field in record.fields if field.tag not in mine] == [
        field for field in FULL.fields if field.tag not in mine
    ]
    assert record.first("008").data == "840229s1833    fr a     b    001 0 fre d"
    assert record.first("245") == Field("245", "10", (("a", "The Hunchback /"),))
    assert record.first("264") == Field("264", " 1", (("b", "Bentley"), ("c", "1833")))
    assert [field.get("p") for field in record.all("952")] == ["V1", "V2"]
    # What would be read without its stroke is said once more as it is.
    assert [field.get("ab") for field in record.all("997")] == ["title"]
    assert list(record.all("880")) == []


def test_a_book_without_one_gets_one(db: None) -> None:
    book = Book.objects.create(
        title="Emma",
        author="Jane Austen, Somebody Else",
        published_year=1815,
        isbn="9780141439587",
        language="en",
        subjects="Matchmaking--Fiction",
    )
    [record] = of("marc")

    assert record.fields == (
        Field("001", data=str(book.pk)),
        Field("003", data="Bookplate"),
        Field("008", data="||||||s1815    xx |||||||||||||||||eng |"),
        Field("020", subfields=(("a", "9780141439587"),)),
        Field("100", "0 ", (("a", "Jane Austen"),)),
        Field("245", "10", (("a", "Emma"),)),
        Field("264", " 1", (("c", "1815"),)),
        Field("650", " 4", (("a", "Matchmaking"), ("x", "Fiction"))),
        Field("700", "0 ", (("a", "Somebody Else"), ("4", "aut"))),
        Field("997", subfields=(("2", "bookplate"), ("a", "copies"))),
    )


def test_the_public_reads_no_notes_between_cataloguers(full: Book, alice: User, librarian: User) -> None:
    public = [of("jsonl", Selection(viewer=alice))[0], of("marc", Selection(viewer=alice))[0]]

    assert [field.tag for record in public for field in record.fields if field.tag in ("541", "999")] == []
    assert [field.subfields for field in public[1].all("952")] == [(("p", "V1"), ("o", "F HUG"))]
    assert of("jsonl", Selection(viewer=librarian))[0].fields == FULL.fields


@pytest.mark.parametrize("name", ["marc", "jsonl"])
def test_a_copy_that_is_hidden_is_in_no_record(full: Book, alice: User, librarian: User, name: str) -> None:
    Copy.objects.filter(barcode="V1").update(owner=alice, visibility="owner")

    assert b"V1" not in exported(name, Selection(viewer=librarian))
    assert b"V1" not in exported(name, Selection())
    assert b"V1" in exported(name, Selection(viewer=alice))


@pytest.mark.parametrize("name", ["marc", "marcxml", "jsonl"])
def test_a_copy_that_is_hidden_is_in_none_of_our_own_fields(
    full: Book, again: Again, alice: User, librarian: User, name: str
) -> None:
    Copy.objects.create(book=full, barcode="A  2", shelfmark="under  the bed")
    again(exported("marc"), "list.mrc")
    Copy.objects.filter(barcode="A  2").update(owner=alice, visibility="owner")

    assert b"under" not in exported(name, Selection(viewer=librarian))
    assert b"under" in exported(name, Selection(viewer=alice))


def test_the_first_record_of_a_book_stays_and_a_dry_run_keeps_none(full: Book, bring: Bring) -> None:
    other = FULL._replace(fields=(*FULL.fields[:-1], Field("999", subfields=(("z", "Another"),))))
    job = bring(iso2709.written(other), "other.mrc")
    KeptMarc.objects.all().delete()
    bring(iso2709.written(other), "other.mrc", dry_run=True)

    assert (job.unchanged, KeptMarc.objects.count()) == (1, 0)
    bring(iso2709.written(other), "other.mrc")
    assert of("jsonl")[0].first("999").get("z") == "Another"


def test_it_goes_with_its_book(full: Book) -> None:
    Copy.objects.all().delete()
    full.delete()

    assert KeptMarc.objects.count() == 0


def shelf() -> list[tuple[str, str]]:
    return list(Copy.objects.order_by("id").values_list("barcode", "shelfmark"))


@pytest.mark.parametrize("name", ["marc", "marcxml", "jsonl"])
def test_copies_come_back_as_they_are_now_whatever_the_record_says(full: Book, again: Again, name: str) -> None:
    Copy.objects.update(shelfmark="F HUG 2")
    moved = exported(name)
    again(moved, f"list{FORMATS[name].suffix}")
    assert (shelf(), exported(name)) == ([("V1", "F HUG 2")], moved)

    Copy.objects.update(barcode="V9")
    renamed = exported(name)
    again(renamed, f"list{FORMATS[name].suffix}")
    assert (shelf(), exported(name)) == ([("V9", "F HUG 2")], renamed)

    Copy.objects.all().delete()
    again(exported(name), f"list{FORMATS[name].suffix}")
    assert shelf() == []


def test_a_copy_that_was_moved_stands_elsewhere_in_its_record(full: Book) -> None:
    Copy.objects.update(shelfmark="F HUG 2")
    [item] = of("marc")[0].all("952")

    assert item == Field("952", subfields=(("p", "V1"), ("x", "Coffee on p. 12"), ("o", "F HUG 2")))


def test_copies_of_two_kinds_of_fields_come_back(again: Again) -> None:
    holding = Field("852", "0 ", (("h", "F"), ("i", "HUG"), ("p", "V1")))
    again(iso2709.written(Marc(FULL.leader, (FULL.first("245"), holding))), "list.mrc")
    Copy.objects.create(book=Book.objects.get(), barcode="V2")
    content = exported("marc")
    again(content, "list.mrc")

    assert (shelf(), exported("marc")) == ([("V1", "F HUG"), ("V2", "")], content)


def test_a_record_that_is_not_in_order_keeps_its_order(again: Again) -> None:
    author, title = Field("100", "0 ", (("a", "Hugo"),)), Field("245", "00", (("a", "Emma"),))
    again(iso2709.written(Marc(FULL.leader, (title, author, Field("020", subfields=(("c", "£5"),))))), "list.mrc")
    Book.objects.update(title="Emma /", author="Hugo /")
    content = exported("marc")
    again(content, "list.mrc")

    assert [field.tag for field in of("marc")[0].fields][:3] == ["245", "100", "020"]
    assert exported("marc") == content


@pytest.mark.parametrize("leader", ["00000dam a2200000 i 4500", "00000nz  a2200000 i 4500"])
def test_a_book_with_the_record_of_none_is_still_one(bring: Bring, again: Again, leader: str) -> None:
    marc = FULL._replace(leader=leader).as_json()
    bring(json.dumps({"title": "Emma", "marc": marc}), "list.jsonl")
    job = again(exported("marc"), "list.mrc")

    assert (job.created, job.skipped, Book.objects.get().title) == (1, 0, "Emma")


UNIMARC = Marc(
    "00000nam0 2200000   450 ",
    (
        Field("001", data="FRBNF1"),
        Field("100", subfields=(("a", "19840229d1983    m  y0frey50      ba"),)),
        Field("101", "0 ", (("a", "fre"),)),
        Field("200", "1 ", (("a", "Notre-Dame de Paris"), ("f", "Victor Hugo"))),
        Field("210", subfields=(("a", "Paris"), ("c", "Gallimard"), ("d", "1983"))),
        Field("215", subfields=(("a", "702 p."), ("d", "18 cm"))),
        Field("606", subfields=(("a", "Cathédrales"), ("x", "Romans"))),
        Field("676", subfields=(("a", "843.7"),)),
        Field("700", " 1", (("a", "Hugo"), ("b", "Victor"), ("f", "1802-1885"))),
        Field("995", subfields=(("f", "V1"), ("k", "F HUG"))),
    ),
)


@pytest.mark.parametrize("name", ["marc", "marcxml"])
def test_a_unimarc_record_stays_one_whatever_was_changed(again: Again, name: str) -> None:
    again(iso2709.written(UNIMARC), "list.mrc")
    new = {"title": "The Hunchback", "author": "V. Hugo, A. Nother", "published_year": 1833, "language": "en"}
    Book.objects.update(**new, publisher="Bentley", edition="2nd", isbn="9782070422524", subjects="Paris--Fiction")
    content = exported(name)
    [record] = of("marc")
    again(content, f"list{FORMATS[name].suffix}")

    assert exported(name) == content
    assert list(record.all("001", "215", "676", "995")) == list(UNIMARC.all("001", "215", "676", "995"))
    assert [field.get("a") for field in record.all("010", "101", "200", "205", "606", "700", "701", "997")] == [
        *("9782070422524", "eng", "The Hunchback", "2nd", "Paris", "V. Hugo", "A. Nother")
    ]
    assert record.first("100").get("a") == "19840229d1833    m  y0frey50      ba"
    assert record.first("210").subfields == (("c", "Bentley"), ("d", "1833"))


def test_a_record_too_long_for_its_numbers_comes_back(again: Again) -> None:
    notes = tuple(Field("500", subfields=(("a", f"{number} {'x' * 9_980}"),)) for number in range(12))
    record = Marc(FULL.leader, (FULL.first("245"), *notes))
    job = again(iso2709.written(record), "list.mrc")

    assert (job.created, of("marc")[0].fields[: len(notes) + 1]) == (1, record.fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("published_year", ("b", "--5")),
        ("title", ("j", '"half')),
        ("title", ("j", "[1]")),
        ("copy", ("j", '["", ""]')),
        ("copy", ("b", "V1")),
    ],
)
def test_our_own_fields_from_a_strangers_hand_cost_that_record_at_most(
    again: Again, name: str, value: tuple[str, str]
) -> None:
    forged = Field("997", subfields=(("2", "bookplate"), ("a", name), value))
    good, bad = Marc(FULL.leader, (FULL.first("245"),)), Marc(FULL.leader, (FULL.first("245"), forged))
    job = again(iso2709.written(bad) + iso2709.written(good), "list.mrc")

    assert (job.read, job.failed, job.created, job.problem) == (2, 1 if name != "published_year" else 0, 1, "")


REAL = [
    pytest.param("joubu+koha-misc4dev/koha_biblio_metadata_1812.xml", marks=pytest.mark.long),
    "marc4j+marc4j/test/resources/brkrtest.mrc",
    "edsu+pymarc/test/marc8.dat",
]


def source(path: Path) -> list[Marc]:
    head = path.read_bytes()[:65_536]
    reader = next(one for one in READERS if one.recognises(head))
    return [Marc.unpacked(item.draft.marc) for item in reader.read(path) if isinstance(item, Record)]


@pytest.mark.parametrize("name", REAL)
def test_real_records_come_out_with_every_field(shared_data: Path, bring: Callable[..., Import], name: str) -> None:
    path = shared_data / "marc" / name
    job = bring(path.read_bytes(), path.name)
    there = {record.fields for record in source(path)}
    records = of("marc")
    kept = [Marc("", tuple(field for field in record.fields if field.tag != "997")) for record in records]

    assert len(records) == job.created > 0
    assert [record.fields for record in kept if record.fields not in there] == []


@pytest.mark.parametrize("name", ["marc", "marcxml", "jsonl", "csv"])
@pytest.mark.parametrize("path", REAL)
def test_real_records_make_the_round_trip(
    shared_data: Path, bring: Callable[..., Import], again: Again, path: str, name: str
) -> None:
    bring((shared_data / "marc" / path).read_bytes(), "list.mrc")
    first = exported(name)
    job = again(first, f"library{FORMATS[name].suffix}")

    assert (job.failed, job.problem) == (0, "")
    assert exported(name) == first


def test_undoing_an_import_takes_back_what_it_kept(full: Book, bring: Bring) -> None:
    KeptMarc.objects.all().delete()
    job = bring(exported("marc"), "list.mrc")
    assert (job.unchanged, KeptMarc.objects.count()) == (1, 1)
    Import.objects.filter(pk=job.pk).update(state=State.UNDOING)
    undo.run(job)

    assert (Book.objects.count(), KeptMarc.objects.count()) == (1, 0)


def test_whoever_fills_their_own_shelf_changes_no_book(full: Book, alice: User) -> None:
    KeptMarc.objects.all().delete()
    pipeline.run(intake.receive(io.BytesIO(iso2709.written(FULL)), "list.mrc", by=alice, owner=alice))

    assert KeptMarc.objects.count() == 0
