"""Every reader, whatever the bytes: no exception but `Unreadable`, no hang, and reading can go on at any record."""

import random
import time
from pathlib import Path

import pytest

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.records import START, Broken, Failed, Item, Place, Unreadable
from tests.catalog.importing.conftest import marc, simple_marc
from tests.catalog.importing.test_formats import NAMES, fixture_of
from tests.catalog.importing.test_goodreads import NEW, row
from tests.catalog.importing.test_marcxml import HEAD, OTHER, RECORD

TABLE = 'title;author;isbn\nKäfig;x;\n\n"Two\nlines";y;0261102214\n"Open;z;\nBad;w;12\nLast;v;\n'
SAMPLES = {
    "table": TABLE.encode(),
    "latin-1": TABLE.encode("latin-1"),
    "utf-16": TABLE.encode("utf-16"),
    "mac": TABLE.replace("\n", "\r").encode(),
    "goodreads": f"{NEW}\n{row('One')}\n{row('Two', isbn='=12')}\n{row('Three')}\n".encode(),
    "marc": simple_marc("One")
    + simple_marc("Two")[:60]
    + b"\x1d\n"
    + marc(("245", "10$a\x1b(NmOSKWA\x1b(B"), leader="cam  ")
    + simple_marc("Three", isbn="12"),
    "marcxml": f"{HEAD}{RECORD}{OTHER.replace('</leader>', '')}{OTHER}</collection>".encode(),
} | {f"fixture {name}": fixture_of(name).read_bytes() for name in NAMES}
SPITE = [
    b'"',
    b"\x1d",
    b"\x1e",
    b"\x1f",
    b"\x1b",
    b"\0",
    b"\r",
    b"\n",
    b";",
    b"</record>",
    b"<record>",
    b"&",
    b"\xff\xfe",
]


def everything(path: Path, start: Place = START) -> list[Item]:
    reader = readers.recognise(path.read_bytes()[: readers.HEAD])
    try:
        return list(reader.read(path, start)) if reader else []
    except Unreadable:
        return []


def check_all(path: Path) -> None:
    items = everything(path)
    ends = [0, *(item.end for item in items)]
    assert ends == sorted(ends)
    assert all(before <= item.offset <= item.end for before, item in zip(ends, items, strict=False))
    assert [item.position for item in items] == sorted({item.position for item in items})
    for number, item in enumerate(items, 1):
        assert everything(path, Place(item.position, item.end)) == items[number:]
    failures = [
        Failed(one.position, one.offset, "", one.reason, one.content) for one in items if isinstance(one, Broken)
    ]
    if reader := readers.recognise(path.read_bytes()[: readers.HEAD]) if items else None:
        assert all(isinstance(part, bytes) for part in reader.write_back(path, failures))


@pytest.mark.parametrize("name", SAMPLES)
def test_reading_goes_on_at_any_record(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(SAMPLES[name])

    assert len(everything(path)) >= 3
    check_all(path)


def spoilt(content: bytes, chance: random.Random) -> bytes:
    raw = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 10])):
        at = chance.randrange(len(raw))
        match chance.randrange(4):
            case 0:
                raw[at] = chance.randrange(256)
            case 1 if len(raw) > 400:
                del raw[at : at + chance.choice([1, 2, 20, 100])]
            case 2:
                raw[at:at] = chance.choice(SPITE)
            case _:
                other = chance.randrange(len(raw))
                raw[at:at] = raw[other : other + chance.randrange(200)]
    return bytes(raw)


def spoil_for(seconds: float, path: Path, seed: int) -> None:
    chance, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        path.write_bytes(content := spoilt(chance.choice(list(SAMPLES.values())), chance))
        began = time.process_time()
        check_all(path)
        assert time.process_time() - began < 2, content


def test_no_bytes_are_too_odd(tmp_path: Path) -> None:
    spoil_for(3, tmp_path / "file", seed=1)


@pytest.mark.long
def test_no_bytes_are_too_odd_for_minutes(tmp_path: Path) -> None:
    spoil_for(120, tmp_path / "file", seed=int(time.time()))
