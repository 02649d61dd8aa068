"""MARC in exchange format (G20): damage costs one record, both character sets, what the fields say."""

import time

import pytest

from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts, failures, marc, simple_marc, the_book, titles

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = (simple_marc(title) for title in ("The Dispossessed", "The Telling", "Always Coming Home"))


def bad(fields: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in fields
        fields = fields.replace(old, new)
    return fields


CODED = ("100", "  $a20080101d1998    m  y0frey0103    ba")


def unimarc(title: str) -> bytes:
    return marc(CODED, ("200", f"1 $a{title}"), leader="nam  ", encoding="latin-1")


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("L'\xc2et\xc2e \xc1a N\xc3imes", "L'été à Nîmes"),
        ("No\xc8el", "Noël"),
        ("Le c\xfaur et la f\xc3ete", "Le cœur et la fête"),
        ("\x88L'\x89\xc2Eneide \xabannot\xc2ee\xbb", "L'Éneide «annotée»"),
        ("M\xc9unchen, Str\xcaom, W\xf8adys\xf8aw, \xcfC\xcesk\xc2y", None),
        ("\xd0cedilla? Gar\xd0con, Bi\xc1e\xd6p, T\xc9urk\xd0ce", None),
        ("\xe9rsted, \xe1gypt, Stra\xfbe, B\xd3adzi\xc2n, \xcfSkoda", "Ørsted, Ægypt, Straße, Bądziń, Škoda"),
    ],
)
def test_unimarc_in_iso_5426(bring: Bring, title: str, read: str | None) -> None:
    job = bring(unimarc(title) + unimarc("Notre-Dame"), "list.mrc")

    refused = [(1, "", "The record is UNIMARC, and in Latin-1 or another old set: convert the file to UTF-8.")]
    assert titles() == [read, "Notre-Dame"] if read else ["Notre-Dame"]
    assert failures(job) == ([] if read else refused)


@pytest.mark.parametrize(
    "title", ["L'été à Nîmes", "Étude", "España", "Ève", "Âge d'or", "Ça ira", "Öl für Ärzte", "À la", "Über"]
)
def test_unimarc_in_latin_1_is_not_believed(bring: Bring, title: str) -> None:
    job = bring(unimarc(title), "list.mrc")

    assert (titles(), len(failures(job))) == ([], 1)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + ONE, b"\xef\xbb\xbf" + ONE + b"\xef\xbb\xbf" + TWO])
def test_a_byte_order_mark_that_an_editor_put_before_a_record_costs_nothing(bring: Bring, content: bytes) -> None:
    job = bring(content, "list.mrc")

    assert (job.format, titles()) == ("marc", ["The Dispossessed", "The Telling"][: content.count(b"\x1d")])


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (TWO[:100] + b"\x1d", "The record is cut off in the middle of a field, or is no MARC record."),
        (TWO[:24] + b"\x1e\x1d", "The record has no fields."),
        (TWO.replace(b"\x1e", b" ", 3), "The directory of the record's fields is damaged at"),
        (bad(TWO, (b"245", b"2?5")), "The directory of the record's fields is damaged at"),
        (bad(TWO, (b"\x1e10\x1f", b" 10\x1f")), "The record has 3 fields where its directory has 4."),
        (bad(TWO, (b"Telling", b"Tel\xbfing")), "Field 245 is not UTF-8: its byte 8 is wrong."),
        (b"\x1f" * 40 + b"\x1d", "The record is cut off in the middle of a field, or is no MARC record."),
    ],
)
def test_a_damaged_record_costs_itself_alone(bring: Bring, damaged: bytes, reason: str) -> None:
    job = bring(ONE + damaged + THREE, "list.mrc")

    assert titles() == ["The Dispossessed", "Always Coming Home"]
    [failure] = job.failures.all()
    assert (counts(job), failure.position, failure.offset) == ((3, 2, 0, 0, 1), 2, len(ONE))
    assert (failure.reason.startswith(reason), bytes(failure.content)) == (True, damaged)


@pytest.mark.parametrize("kept", [30, 50, 100, -2])
def test_a_record_cut_off_without_its_terminator_does_not_take_the_next_with_it(bring: Bring, kept: int) -> None:
    job = bring(ONE + TWO[:kept] + THREE, "list.mrc")

    assert titles() == ["The Dispossessed", "Always Coming Home"]
    [failure] = job.failures.all()
    assert (counts(job), bytes(failure.content), failure.offset) == ((3, 2, 0, 0, 1), TWO[:kept], len(ONE))


def test_a_note_that_quotes_a_leader_stays_in_its_record(bring: Bring) -> None:
    bring(simple_marc("A leader such as 00714cam a2200205 a 4500 and what it says") + THREE, "list.mrc")

    assert titles() == ["A leader such as 00714cam a2200205 a 4500 and what it says", "Always Coming Home"]


def test_a_chunk_of_leaders_alone_takes_no_time(bring: Bring) -> None:
    began = time.monotonic()
    job = bring(ONE + b"00714cam a2200205 a 4500" * 5_000 + b"\x1d" + THREE, "list.mrc")

    assert titles() == ["The Dispossessed", "Always Coming Home"]
    assert (job.failed, time.monotonic() - began < 20) == (5_000, True)


@pytest.mark.parametrize(
    "odd",
    [
        b"99999" + TWO[5:],
        b"00000" + TWO[5:],
        b"    \x00" + TWO[5:],
        TWO[:12] + b"00000" + TWO[17:],
        b"\n" + TWO,
        b"\r\n\r\n" + TWO,
        b"\0\0 " + TWO,
    ],
)
def test_wrong_lengths_and_blanks_between_cost_nothing(bring: Bring, odd: bytes) -> None:
    bring(ONE + odd + THREE + b"\r\n\x1a", "list.mrc")

    assert titles() == ["The Dispossessed", "The Telling", "Always Coming Home"]


def test_a_record_cut_off_at_the_end_of_the_file_is_told(bring: Bring) -> None:
    job = bring(ONE + TWO[:-20], "list.mrc")

    assert (counts(job), [one[0] for one in failures(job)]) == ((2, 1, 0, 0, 1), [2])


def test_a_directory_in_letters_instead_of_bytes_is_read(bring: Bring) -> None:
    # What programs leave that turn MARC-8 into UTF-8 and forget the directory.
    record = marc(("245", "10$aDie Brucke uber die Drina"), ("260", "  $bBohn,$c1953"))
    bring(record.replace(b"Brucke uber", "Brücke über".encode()), "list.mrc")

    assert Book.objects.values_list("title", "published_year").get() == ("Die Brücke über die Drina", 1953)


@pytest.mark.parametrize("said", ["a", " "])
def test_utf_8_is_read_whatever_the_leader_says(bring: Bring, said: str) -> None:
    bring(marc(("245", "10$aŻółw 東京"), leader=f"cam {said}"), "list.mrc")

    assert titles() == ["Żółw 東京"]


@pytest.mark.parametrize("said", ["a", " "])
def test_marc_8_is_read_whatever_the_leader_says(bring: Bring, said: str) -> None:
    record = marc(("245", "10$aCaf\xe2e, G\xe8odel, \xb1odz"), leader=f"cam {said}", encoding="latin-1")
    bring(record, "list.mrc")

    assert titles() == ["Café, Gödel, łodz"]


def test_marc_8_in_other_scripts(bring: Bring) -> None:
    cyrillic, greek, east_asian = "\x1b(NmOSKWA\x1b(B", "\x1bga\x1bs", "\x1bE1!D&!0a\x1b(B"
    record = marc(("245", f"10$a{cyrillic} {greek} {east_asian}"), leader="cam  ").replace(b"\x1bE1", b"\x1b$1")
    bring(record, "list.mrc")

    assert titles() == ["Москва α 東京"]


def test_an_unknown_escape_sequence_fails(bring: Bring) -> None:
    job = bring(ONE + marc(("245", "10$aA \x1b(Zb title"), leader="cam  "), "list.mrc")

    assert failures(job) == [(2, "245", "Field 245 is not MARC-8: the escape sequence at its byte 3 is unknown.")]


@pytest.mark.parametrize("kind", ["z", "u", "v", "x", "y"])
def test_authorities_and_holdings_are_counted_as_skipped(bring: Bring, kind: str) -> None:
    job = bring(ONE + marc(("245", "10$aNo book"), leader=f"c{kind}m a"), "list.mrc")

    assert (counts(job), job.skipped, titles()) == ((2, 1, 0, 0, 0), 1, ["The Dispossessed"])


def test_all_that_a_record_says(bring: Bring) -> None:
    record = marc(
        ("008", "120829t20132012nyu      bk   001 0ceng  "),
        ("020", "  $z0000000000$a9780670026623 (alk. paper) :$c$27.95"),
        ("100", "1 $aHeylin, Clinton."),
        ("245", "10$aE Street shuffle :$bthe glory days of Bruce Springsteen & the E Street Band /$cClinton Heylin."),
        ("250", "  $aFirst American edition."),
        ("264", " 1$aNew York :$bViking,$c[2013]"),
        ("264", " 4$c©2012"),
        ("600", "10$aSpringsteen, Bruce."),
        ("650", " 0$aRock musicians$zUnited States$vBiography."),
        ("650", " 7$aROCK MUSICIANS$zUnited States$vBiography.$2fast"),
        ("700", "1 $aSomebody, Else,$eillustrator."),
    )
    bring(record, "list.mrc")

    book = Book.objects.get()
    assert the_book()[1:] == ("Clinton Heylin", 2013, "9780670026623")
    assert book.title == "E Street shuffle: the glory days of Bruce Springsteen & the E Street Band"
    assert (book.publisher, book.edition, book.language) == ("Viking", "First American edition", "en")
    assert book.subjects == "Springsteen, Bruce; Rock musicians--United States--Biography"


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("10$aCandide /$cVoltaire.", "Candide"),
        ("10$aSMP topic mathematics.$pPattern and design.", "SMP topic mathematics. Pattern and design"),
        ("10$aAnnals.$nPart 2,$pThe fall /$cx", "Annals. Part 2, The fall"),
        ("10$aCyllidebau ysgolion =$bSchool budgets : 1990/91.", "Cyllidebau ysgolion = School budgets : 1990/91"),
        ("10$aWhat is it worth?", "What is it worth?"),
        ("10$aMr. Smith goes to St. Louis, Mo.", "Mr. Smith goes to St. Louis, Mo."),
        ("14$a\x98The \x9camazing adventures.", "The amazing adventures"),
    ],
)
def test_titles_lose_the_cataloguers_punctuation(bring: Bring, field: str, title: str) -> None:
    bring(marc(("245", field)), "list.mrc")

    assert titles() == [title]


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ([("100", "1 $aLe Guin, Ursula K.,$d1929-")], "Ursula K. Le Guin"),
        ([("100", "0 $aVoltaire,$d1694-1778.")], "Voltaire"),
        ([("100", "0 $aJohn Paul$bII,$cPope")], "John Paul II"),
        ([("110", "1 $aGreat Britain.$bHome Office.")], "Great Britain. Home Office"),
        (
            [("700", "1 $aPechman, Joseph A.$eeditor"), ("700", "1 $aTimpane, P. M.")],
            "Joseph A. Pechman, P. M. Timpane",
        ),
        (
            [("100", "1 $aHunt, Andrew"), ("700", "1 $aThomas, David,$4aut"), ("700", "1 $aX, Y$4ill")],
            "Andrew Hunt, David Thomas",
        ),
        ([("100", "1 $aPollan, Stephen"), ("700", "1 $aLevine, Mark")], "Stephen Pollan, Mark Levine"),
        ([("100", "1 $aPollan, Stephen"), ("700", "1 $aLevine, Mark$tA work")], "Stephen Pollan"),
        ([("100", "1 $aPollan, Stephen"), ("700", "1 $aBrown, Ann"), ("700", "1 $aNobody, N")], "Stephen Pollan"),
    ],
)
def test_authors_are_named_as_on_the_title_page(bring: Bring, fields: list[tuple[str, str]], author: str) -> None:
    bring(marc(("245", "10$aA title /$cStephen Pollan and Mark Levine ; with Ann Brown."), *fields), "list.mrc")

    assert Book.objects.get().author == author


@pytest.mark.parametrize(
    ("coded", "imprint", "year"),
    [
        ("s1998    ", "c1997", 1998),
        ("s199u    ", "[1998?]", 1998),
        ("|||||||||", "c1987.", 1987),
        ("|||||||||", "199-", None),
        ("|||||||||", "1435 [2014]", 2014),
        ("c19539999", "1953-", 1953),
        ("s9999    ", "1962", 1962),
        ("q19801985", "", 1980),
        ("c00019999", "0001-", None),
    ],
)
def test_years_of_records(bring: Bring, coded: str, imprint: str, year: int | None) -> None:
    bring(marc(("008", f"120829{coded}nyu"), ("245", "10$aA title"), ("260", f"  $aX :$bY,$c{imprint}")), "list.mrc")

    assert Book.objects.get().published_year == year


@pytest.mark.parametrize(
    ("texts", "isbn"),
    [
        ("$a0-571-08989-5 (pbk.)", "9780571089895"),
        ("$a0571089895 : £1.50", "9780571089895"),
        ("$a571089895", "9780571089895"),
        ("$z0571089896$a0571089895", "9780571089895"),
        ("$a0571089896$a0571089895 (v. 1)", "9780571089895"),
        ("$c£5.00", None),
        ("$a(pbk.)", None),
        ("$z0571089896", None),
    ],
)
def test_isbns_of_records(bring: Bring, texts: str, isbn: str | None) -> None:
    bring(marc(("020", f"  {texts}"), ("245", "10$aA title")), "list.mrc")

    assert Book.objects.get().isbn == isbn


def test_a_record_with_wrong_isbns_alone_fails(bring: Bring) -> None:
    job = bring(marc(("020", "  $a0571089896"), ("245", "10$aA title")), "list.mrc")

    reason = "0571089896 is not an ISBN: its check digit does not agree, so a digit is wrong or missing."
    assert failures(job) == [(1, "isbn", reason)]


def test_a_periodical_whose_beginning_is_not_known_has_no_year(bring: Bring) -> None:
    dates = ("100", "  $a19900101a00019999    y0frey50      ba")
    bring(marc(dates, ("200", "1 $aAnnual report"), ("210", "  $d0001-")), "list.mrc")

    assert Book.objects.get().published_year is None


def test_unimarc_is_recognised_and_read(bring: Bring) -> None:
    record = marc(
        ("010", "  $a975-19-0787-X$d50000 lei"),
        ("100", "  $a19199511d1993    km y1rumb0103    ba"),
        ("101", "0 $atur"),
        ("200", "1 $a3 numaralı muhimme defteri$eTıpkıbasım"),
        ("210", "  $aAnkara$c[s.n.]$d1993"),
        ("606", "  $aDefterler$xTarih"),
        ("700", " 1$aKaya$bAyşe"),
    )
    bring(record, "list.mrc")

    book = Book.objects.get()
    assert the_book() == ("3 numaralı muhimme defteri: Tıpkıbasım", "Ayşe Kaya", 1993, "9789751907875")
    assert (book.language, book.publisher, book.subjects) == ("tr", "", "Defterler--Tarih")


def test_the_comma_before_a_unimarc_forename_is_not_its_part(bring: Bring) -> None:
    bring(marc(("200", "1 $aSeconda fondazione"), ("700", " 1$aAsimov$b, Isaac")), "list.mrc")

    assert Book.objects.get().author == "Isaac Asimov"


@pytest.mark.parametrize(
    "title", ["$a" + ":" * 900_000 + "x", "$a" + "x" * 900_000, "$ax" * 250_000, "$a" + " ;" * 400_000]
)
def test_a_megabyte_of_anything_is_refused_at_once(bring: Bring, title: str) -> None:
    raw = b"\x1f" + title[1:].replace("$", "\x1f").encode() + b"\x1e"
    record = b"99999cam a2200037   4500245" + b"9999" + b"00000" + b"\x1e" + b"10" + raw + b"\x1d"
    began = time.process_time()
    job = bring(ONE + record, "list.mrc")

    assert (counts(job), time.process_time() - began < 5) == ((2, 1, 0, 0, 1), True)


@pytest.mark.parametrize(
    "title", ["Für alle", "Un été", "Le père Noël", "Año", "Das Ähnliche", "España", "Länder", "Ça"]
)
def test_latin_1_that_says_it_is_utf_8_is_reported(bring: Bring, title: str) -> None:
    job = bring(simple_marc("One") + marc(("245", f"10$a{title}"), encoding="latin-1"), "list.mrc")

    [(position, field, reason)] = failures(job)
    assert (counts(job), position, field) == ((2, 1, 0, 0, 1), 2, "245")
    assert reason.endswith(
        "is wrong. Perhaps it is Latin-1 (Windows): convert the file to UTF-8 and bring it in again."
    )


def test_marc_8_that_says_it_is_utf_8_is_read(bring: Bring) -> None:
    bring(marc(("245", "10$aUn \xe2et\xe2e \xe0 \xe8uber".replace("\xe0", "\xe1a")), encoding="latin-1"), "list.mrc")

    assert titles() == ["Un été à über"]
