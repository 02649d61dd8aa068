"""Each format by its fixture: `NAME.…` holds records good and bad, `NAME.expected.json` what they are read as."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.records import Broken, Draft, Failed, Item, Place, Record

FIXTURES = Path(__file__).parent / "fixtures"
FIELDS = [field for field in Draft.__slots__ if field != "marc"]
NAMES = [reader.name for reader in readers.READERS if reader.into is Books]


def fixture_of(name: str) -> Path:
    return next(path for path in FIXTURES.glob(f"{name}.*") if ".expected" not in path.name)


def told(draft: Draft) -> dict[str, Any]:
    """What is known, as JSON has it."""
    known = {field: getattr(draft, field) for field in FIELDS if getattr(draft, field)}
    return known | ({"copies": [list(copy) for copy in draft.copies]} if draft.copies else {})


def outcome(item: Item) -> Any:
    match item:
        case Record():
            return told(item.draft)
        case Broken():
            return {"failed": item.field}
    return "skipped"


def failed(item: Item) -> Failed:
    return Failed(item.position, item.offset, "", "A reason; with “marks”.", item.content)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_known_by_its_content_and_read_as_expected(name: str) -> None:
    path = fixture_of(name)
    reader = readers.recognise(path.read_bytes()[: readers.HEAD])

    assert reader is readers.named(name)
    assert list(map(outcome, reader.read(path))) == json.loads((FIXTURES / f"{name}.expected.json").read_text())


def test_it_goes_on_at_any_record(name: str) -> None:
    path, reader = fixture_of(name), readers.named(name)
    items = list(reader.read(path))

    for number, item in enumerate(items, 1):
        assert list(reader.read(path, Place(item.position, item.end))) == items[number:]


@pytest.mark.parametrize("which", [lambda item: True, lambda item: isinstance(item, Broken)], ids=["all", "failed"])
def test_what_is_written_back_is_read_as_the_same(name: str, which: Callable[[Item], bool], tmp_path: Path) -> None:
    path, reader = fixture_of(name), readers.named(name)
    items = [item for item in reader.read(path) if which(item)]
    (again := tmp_path / "again").write_bytes(b"".join(reader.write_back(path, map(failed, items))))
    second = readers.recognise(again.read_bytes())

    assert items and second
    assert list(map(outcome, second.read(again))) == list(map(outcome, items))
