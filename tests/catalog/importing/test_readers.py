"""Every reader, whatever the bytes: no exception but `Unreadable`, no hang, and reading can go on at any record."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookplate.catalog.importing import readers, unpacking
from bookplate.catalog.importing.records import START, Broken, Failed, Item, Place, Record, Unreadable
from tests.catalog.importing.conftest import marc, simple_marc
from tests.catalog.importing.test_formats import NAMES, fixture_of
from tests.catalog.importing.test_goodreads import NEW, row
from tests.catalog.importing.test_marcxml import HEAD, OTHER, RECORD
from tests.catalog.importing.test_unpacking import calibre_database, zipped

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
CSV = fixture_of("csv").read_bytes()
PACKED = {
    "gzip": gzip.compress(CSV),
    "zip": zipped(("list.csv", CSV), ("read me.txt", b"hello")),
    "wide": fixture_of("marcxml").read_text().encode("utf-16"),
    "calibre": calibre_database(),
}
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


def test_reading_goes_on_in_the_midst_of_what_was_cut_off(tmp_path: Path) -> None:
    """A record that quotes a leader is whole, wherever reading begins; before it stands one that was cut off."""
    quoting = marc(("245", "10$aWhole"), ("500", "  $a00714cam a2200205 a 4500"))
    path = tmp_path / "file"
    path.write_bytes(simple_marc("First") + simple_marc("Cut off")[:60] + quoting + simple_marc("Last"))

    assert [isinstance(item, Record) for item in everything(path)] == [True, False, True, True]
    check_all(path)


def test_leaders_without_end_take_no_time(tmp_path: Path) -> None:
    content = simple_marc("First") + b"00714cam a2200205 a 4500\x1e" * 30_000
    path = tmp_path / "file"
    path.write_bytes(content)

    with in_time(b""):
        assert len(everything(path)) == 30_001


PLACE = st.floats(0, 1, exclude_max=True)
EDITS = st.one_of(
    st.tuples(PLACE, st.just(1), st.binary(min_size=1, max_size=1)),
    st.tuples(PLACE, st.sampled_from([1, 2, 20, 100]), st.just(b"")),
    st.tuples(PLACE, st.just(0), st.sampled_from(SPITE)),
    st.tuples(PLACE, st.sampled_from([0, 10]), st.binary(max_size=50)),
    st.tuples(PLACE, st.just(0), PLACE),
)


def spoilt(content: bytes, edits: list[tuple[float, int, bytes | float]]) -> bytes:
    """With some bytes replaced, taken out or put in; what is put in may be a piece from elsewhere."""
    for place, length, new in edits:
        at = int(place * len(content))
        piece = new if isinstance(new, bytes) else content[(other := int(new * len(content))) : other + 200]
        content = content[:at] + piece + content[at + length :]
    return content


@contextmanager
def in_time(content: bytes) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 2, content


def spoil(folder: Path, examples: int, *, always_the_same: bool = False) -> None:
    how: dict[str, Any] = {
        "deadline": None,
        "database": None,
        "derandomize": always_the_same,
        "suppress_health_check": list(HealthCheck),
    }

    @settings(max_examples=examples, **how)
    @given(st.sampled_from(sorted(SAMPLES)), st.lists(EDITS, min_size=1, max_size=10))
    def no_spoilt_list_raises(name: str, edits: list[tuple[float, int, bytes | float]]) -> None:
        path = folder / "file"
        path.write_bytes(content := spoilt(SAMPLES[name], edits))
        with in_time(content):
            check_all(path)

    @settings(max_examples=examples // 2, **how)
    @given(st.sampled_from(sorted(PACKED)), st.lists(EDITS, min_size=1, max_size=10))
    def no_spoilt_packing_raises(name: str, edits: list[tuple[float, int, bytes | float]]) -> None:
        path = folder / "packed"
        path.write_bytes(content := spoilt(PACKED[name], edits))
        with in_time(content), suppress(Unreadable):
            unpacking.plain(path)

    no_spoilt_list_raises()
    no_spoilt_packing_raises()


def test_no_bytes_are_too_odd(tmp_path: Path) -> None:
    spoil(tmp_path, 50, always_the_same=True)


@pytest.mark.long
def test_no_bytes_are_too_odd_for_ten_minutes(tmp_path: Path) -> None:
    end = time.monotonic() + 600
    while time.monotonic() < end:
        spoil(tmp_path, 1000)


def test_every_sample_packed_is_unpacked(tmp_path: Path) -> None:
    for content in PACKED.values():
        (path := tmp_path / "packed").write_bytes(content)
        unpacking.plain(path)

        assert readers.recognise(path.read_bytes()[: readers.HEAD]), content
