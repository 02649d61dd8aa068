"""Files that nobody would make, read by every reader: each ends, accounts for what it saw, and raises nothing else.

A fixture of the format is cut, doubled, spliced and strewn with what means something to it. The long form takes ten
minutes for all readers together.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.records import Broken, Place, Unreadable
from tests.catalog.importing.test_formats import FIXTURES

NAMES = [reader.name for reader in readers.READERS if reader.into is Books]
SECONDS = 600 / len(NAMES)
SLOW = 10.0
"""No file of a few kilobytes takes so long, however busy the machine is."""
TELLING = [
    *(b"\x1d", b"\x1e", b"\x1f", b"\x1b$1", b"\0", b"\r", b"\n", b'"', b'""', b",", b"\t", b";", b"'=", b"\xff\xfe"),
    *(b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<record>", b"</record>", b"<!DOCTYPE x>", b"<![CDATA[", b"&#0;", b"{", b"}"),
    *(b"[" * 50, b"\\ud800", b"NaN", b"9.78E+12", b"97820704225240000", b"99999", b"00714cam a2200205 a 4500"),
]
piece = st.one_of(st.sampled_from(TELLING), st.binary(max_size=12))
place = st.floats(0, 1)
acts = st.sampled_from(["cut", "double", "insert", "swap", "flip"])
spoilings = st.lists(st.tuples(acts, place, place, piece), max_size=8)


def spoilt(content: bytes, how: Sequence[tuple[str, float, float, bytes]]) -> bytes:
    for act, first, second, new in how:
        begin, end = sorted((int(first * len(content)), int(second * len(content))))
        match act:
            case "cut":
                content = content[:begin] + content[end:]
            case "double":
                content = content[:end] + content[begin:]
            case "insert":
                content = content[:begin] + new + content[begin:]
            case "swap":
                content = content[begin:end] + content[:begin] + content[end:]
            case "flip":
                content = (
                    content[:begin] + bytes(byte ^ 0x55 for byte in content[begin : begin + 3]) + content[begin + 3 :]
                )
    return content[:100_000]


def read(name: str, path: Path) -> None:
    reader = readers.named(name)
    began, place = time.process_time(), Place()
    try:
        for item in reader.read(path):
            assert item.position > place.position
            assert place.offset <= item.offset <= item.end <= path.stat().st_size
            assert not isinstance(item, Broken) or item.reason
            place = Place(item.position, item.end)
    except Unreadable as error:
        assert str(error)
    assert time.process_time() - began < SLOW


def fuzz(name: str, path: Path, number: int, examples: int) -> None:
    fixture = next(one for one in FIXTURES.glob(f"{name}.*") if ".expected" not in one.name).read_bytes()

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(spoilings)
    def every(how: Sequence[tuple[str, float, float, bytes]]) -> None:
        path.write_bytes(spoilt(fixture, how))
        readers.recognise(path.read_bytes()[: readers.HEAD])
        if path.stat().st_size:
            read(name, path)

    every()


@pytest.mark.parametrize("name", NAMES)
def test_no_reader_is_at_a_loss(name: str, tmp_path: Path) -> None:
    fuzz(name, tmp_path / "file", 1, 40)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_no_reader_is_at_a_loss_for_ten_minutes(name: str, tmp_path: Path) -> None:
    until, number = time.monotonic() + SECONDS, 1
    while time.monotonic() < until:
        number += 1
        fuzz(name, tmp_path / "file", number, 300)
