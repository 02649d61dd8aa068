"""A thousand good MARC records, some damaged in twelve ways: exactly these fail, at their place and with a reason."""

import random
from collections.abc import Callable
from itertools import accumulate, pairwise

import pytest

from bookplate.catalog.importing.models import Import
from tests.catalog.importing.conftest import Bring, marc

pytestmark = pytest.mark.django_db

Damage = Callable[[bytes, random.Random], bytes]
RECORDS, OF_EACH_KIND = 1000, 8


def good(number: int) -> bytes:
    isbn = f"978{number:09}"
    check = -sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(isbn)) % 10
    return marc(
        ("001", f"{number}"),
        ("008", "120829s1998    nyu      bk   001 0 eng  "),
        ("020", f"  $a{isbn}{check} (pbk.)"),
        ("100", "1 $aLe Guin, Ursula K.,$d1929-"),
        ("245", f"10$aÜber die Zahl {number} /$cUrsula K. Le Guin."),
        ("500", "  $aEin Käfig voller Wörter"),
    )


def end_of_directory(raw: bytes) -> int:
    return raw.index(b"\x1e")


def within_a_field(raw: bytes, chance: random.Random) -> int:
    """A place in the last field, which is all text."""
    return chance.randrange(raw.index(b"Ein K") + 1, len(raw) - 4)


def entry(raw: bytes, chance: random.Random) -> int:
    return 24 + 12 * chance.randrange((end_of_directory(raw) - 24) // 12)


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    return raw[: within_a_field(raw, chance)]


def shortened(raw: bytes, chance: random.Random) -> bytes:
    return raw[: within_a_field(raw, chance)] + b"\x1d"


def ended_too_soon(raw: bytes, chance: random.Random) -> bytes:
    at = within_a_field(raw, chance)
    return raw[:at] + b"\x1d" + raw[at:]


def a_field_too_many(raw: bytes, chance: random.Random) -> bytes:
    at = within_a_field(raw, chance)
    return raw[:at] + b"\x1e" + raw[at:]


def two_fields_run_together(raw: bytes, chance: random.Random) -> bytes:
    ends = [at for at, byte in enumerate(raw) if byte == 0x1E][1:-1]
    at = chance.choice(ends)
    return raw[:at] + raw[at + 1 :]


def a_letter_in_the_directory(raw: bytes, chance: random.Random) -> bytes:
    at = entry(raw, chance) + chance.randrange(3, 12)
    return raw[:at] + b"x" + raw[at + 1 :]


def an_entry_lost(raw: bytes, chance: random.Random) -> bytes:
    at = entry(raw, chance)
    return raw[:at] + raw[at + 12 :]


def part_of_an_entry_lost(raw: bytes, chance: random.Random) -> bytes:
    at = entry(raw, chance)
    return raw[:at] + raw[at + chance.randrange(1, 12) :]


def no_utf_8(raw: bytes, chance: random.Random) -> bytes:
    at = within_a_field(raw, chance)
    return raw[:at] + chance.choice([b"\xff", b"\xc3(", b"\xe2\x82 "]) + raw[at + 1 :]


def a_wrong_digit(raw: bytes, chance: random.Random) -> bytes:
    at = raw.index(b"978") + chance.randrange(3, 13)
    return raw[:at] + str((int(raw[at : at + 1]) + 1 + chance.randrange(9)) % 10).encode() + raw[at + 1 :]


def no_title(raw: bytes, _: random.Random) -> bytes:
    return raw.replace(b"245", b"999", 1)


def zeros_of_a_lost_block(raw: bytes, chance: random.Random) -> bytes:
    length = chance.randrange(30, 60)
    at = chance.randrange(24, end_of_directory(raw) - 12)
    return raw[:at] + b"\0" * length + raw[at + length :]


DAMAGES: list[Damage] = [
    cut_off,
    shortened,
    ended_too_soon,
    a_field_too_many,
    two_fields_run_together,
    a_letter_in_the_directory,
    an_entry_lost,
    part_of_an_entry_lost,
    no_utf_8,
    a_wrong_digit,
    no_title,
    zeros_of_a_lost_block,
]


def check_damaged(bring: Bring, seed: int) -> None:
    chance = random.Random(seed)
    records = list(map(good, range(RECORDS)))
    # Not the last: cut off, the first beginning after it is what tells.
    places = chance.sample(range(RECORDS - 1), len(DAMAGES) * OF_EACH_KIND)
    damaged = dict(zip(places, DAMAGES * OF_EACH_KIND, strict=True))
    for number, damage in damaged.items():
        records[number] = damage(records[number], chance)
    job = bring(b"".join(records), "list.mrc", dry_run=True)

    borders = list(pairwise(accumulate(map(len, records), initial=0)))
    failed = told(job, borders)
    assert {number: damaged[number].__name__ for number in failed.keys() & damaged.keys()} == {
        number: damage.__name__ for number, damage in damaged.items()
    }, f"seed {seed}"
    assert failed.keys() == damaged.keys(), f"seed {seed}"
    assert job.created == RECORDS - len(damaged)
    # What ended too soon is told in two pieces, which shift the numbers of those after it.
    soon = [number for number, damage in damaged.items() if damage is ended_too_soon]
    assert {number: pieces[0] for number, pieces in failed.items()} == {
        number: number + 1 + sum(one < number for one in soon) for number in damaged
    }, f"seed {seed}"


def told(job: Import, borders: list[tuple[int, int]]) -> dict[int, list[int]]:
    """For each record the positions of what failed within its bytes; each has a reason."""
    found: dict[int, list[int]] = {}
    for failure in job.failures.order_by("position"):
        assert failure.reason.endswith(".")
        number = next(at for at, (begin, end) in enumerate(borders) if begin <= failure.offset < end)
        found.setdefault(number, []).append(failure.position)
    return found


def test_exactly_the_damaged_records_fail_with_position_and_reason(bring: Bring) -> None:
    check_damaged(bring, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 30))
def test_exactly_the_damaged_records_fail_wherever_they_are(bring: Bring, seed: int) -> None:
    check_damaged(bring, seed)
