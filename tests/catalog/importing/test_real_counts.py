"""Every file of the shared data, read without a library: as many records as were counted before, none lost silently.

`real_files.json` says for each file its format and how many records are good, failed and skipped, or why it is refused.
"""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bookplate.catalog.importing import readers, unpacking
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.checks import check
from bookplate.catalog.importing.records import Broken, Item, Reader, Record, Unfit, Unreadable

COUNTS = Path(__file__).with_name("real_files.json")
FOLDERS = ("exports", "lists", "marc")
# In bytes; reading all of them takes a quarter of a minute.
SMALL = 25_000


def all_files(data: Path) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (data / folder).rglob("*") if path.is_file())


def counted(path: Path, copy: Path) -> dict[str, Any]:
    """What becomes of the file; `copy` is where it may be unpacked."""
    shutil.copyfile(path, copy)
    try:
        unpacking.plain(copy)
        with copy.open("rb") as file:
            reader = readers.recognise(file.read(readers.HEAD))
        if reader is None:
            return {"refused": "not known"}
        fates = Counter(fate(item, reader) for item in reader.read(copy))
    except Unreadable as error:
        return {"refused": str(error).partition(".")[0]}
    return {"format": reader.name, **dict(sorted(fates.items()))}


def fate(item: Item, reader: Reader) -> str:
    match item:
        case Broken():
            assert item.reason and item.position and item.content
            return "failed"
        case Record() if reader.into is Books:
            return "good" if is_fit(item) else "failed"
        case Record():
            return "good"
    return "skipped"


def is_fit(record: Record) -> bool:
    try:
        check(record.draft)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize("most", [SMALL, pytest.param(10**9, marks=pytest.mark.long)], ids=["small", "all"])
def test_every_file_has_as_many_records_as_were_counted(shared_data: Path, tmp_path: Path, most: int) -> None:
    files = {str(path.relative_to(shared_data)): path for path in all_files(shared_data) if path.stat().st_size < most}
    expected = json.loads(COUNTS.read_text())
    found = {name: counted(path, tmp_path / "copy") for name, path in files.items()}

    assert len(files) > 400
    assert found == {name: expected.get(name) for name in files}
