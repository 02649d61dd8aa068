"""Records whose reading others wrote down: Open Library's tests, and yaz' records, each in several encodings.

`real_pairs.json` lists every value in which we differ from Open Library, with the reason. Where a record has a name
in two scripts (field 880), Open Library takes the original one first and tells the other, too; we take the field
itself, by which the library that wrote it finds it, and keep the other with the record.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bookplate.catalog import isbn
from bookplate.catalog.importing import readers
from bookplate.catalog.importing.records import Broken, Draft, Item, Record
from bookplate.people.folding import fold

DIFFERENCES = Path(__file__).with_name("real_pairs.json")
OPEN_LIBRARY = "marc/internetarchive+openlibrary/openlibrary/catalog/marc/tests/test_data"
YAZ = "marc/indexdata+yaz/test/marc-files"
FIELDS = ("title", "author", "published_year", "isbn")


def items_of(path: Path) -> list[Item]:
    reader = readers.recognise(path.read_bytes()[: readers.HEAD])
    return list(reader.read(path)) if reader else []


def pairs(folder: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Those of which both sides are there."""
    for kind, ending in (("bin", ".mrc"), ("xml", "_marc.xml")):
        for expected in sorted((folder / f"{kind}_expect").iterdir()):
            given = folder / f"{kind}_input" / f"{expected.stem}{ending}"
            if given.exists():
                yield f"{kind}/{expected.stem}", given, json.loads(expected.read_text())


def valid(number: str) -> str | None:
    try:
        return isbn.normalise(number)
    except isbn.BadISBN:
        return None


def words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def titles(theirs: dict[str, Any]) -> list[list[str]]:
    """All that they call it, in whatever script, with the subtitle and without."""
    named = map(words, [theirs["title"], *theirs.get("other_titles", [])])
    return [name + more for name in named for more in ([], words(theirs.get("subtitle") or ""))]


def without_additions(name: str) -> str:
    """Without place of a body, and number, date and place of a meeting, which they put in brackets behind its name."""
    return re.sub(r"\([^()]*\)", "", name)


def names(theirs: dict[str, Any]) -> list[list[str]]:
    """All that they call the authors, in whatever script; titles of nobility, which they tell apart, left out."""
    known: list[list[str]] = []
    for one in theirs.get("authors", ()):
        title = words(one.get("title", ""))
        spelt = [words(without_additions(name)) for name in (one["name"], *one.get("alternate_names", ()))]
        known += [[word for word in name if word not in title] for name in spelt]
    return known


def agrees(field: str, ours: Draft, theirs: dict[str, Any]) -> bool:
    match field:
        case "title":
            return words(ours.title) in titles(theirs)
        case "author":
            known = names(theirs)
            author = words(without_additions(ours.author))
            return any(sorted(name) == sorted(author[: len(name)]) for name in filter(None, known)) or not (
                known or author
            )
        case "published_year":
            return re.findall(r"\d{4}", theirs["publish_date"]) == (
                [f"{ours.published_year}"] * bool(ours.published_year)
            )
    numbers = set(filter(None, map(valid, theirs.get("isbn_13", []) + theirs.get("isbn_10", []))))
    return ours.isbn in numbers if numbers else ours.isbn is None


def test_open_library_reads_the_same_but_for_what_is_listed(shared_data: Path) -> None:
    listed = json.loads(DIFFERENCES.read_text())
    found: dict[str, list[str]] = {}
    compared = 0
    for name, path, theirs in pairs(shared_data / OPEN_LIBRARY):
        [item] = items_of(path)
        compared += len(FIELDS)
        if isinstance(item, Broken):
            found[name] = ["refused"]
        elif isinstance(item, Record) and (wrong := [one for one in FIELDS if not agrees(one, item.draft, theirs)]):
            found[name] = wrong

    assert compared == 4 * 55
    differing = [field for fields in found.values() for field in fields if field != "refused"]
    read = compared - len(FIELDS) * list(found.values()).count(["refused"])
    assert 1 - len(differing) / read >= 0.99
    assert found == {name: list(reasons) for name, reasons in listed.items()}


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12])
def test_yaz_records_are_the_same_in_every_encoding(shared_data: Path, number: int) -> None:
    names = (f"marc{number}.marc", f"marc{number}.xml", f"xml2marc{number}.xml", f"marc{number}.json.marc")
    more = (f"marc{number}.xml.marc",)
    read = {name: items_of(path) for name in names + more if (path := shared_data / YAZ / name).exists()}
    drafts = {name: item.draft for name, [item] in read.items() if isinstance(item, Record)}
    # These are in sets of letters that the record does not name: Danish, Danish and Chinese (GB 18030).
    unnamed = {f"marc{number}.marc"} if number in (10, 11, 12) else set()

    assert read.keys() - drafts.keys() == unnamed
    assert len(drafts) >= 4 - len(unnamed)
    assert len({tuple(getattr(draft, field) for field in FIELDS) for draft in drafts.values()}) == 1
