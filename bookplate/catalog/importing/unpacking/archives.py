"""Lists in gzip and zip. Nothing is ever written by the names in an archive; they are only shown."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.importing.unpacking.packing import Limited

_CHUNK = 1 << 18
_OF_WORKBOOKS = "xl/workbook.xml"
# What is a zip, too: by a file that each of its kind has.
_OFFICE = {
    "content.xml": "an OpenDocument file (LibreOffice)",
    "Index/Document.iwa": "a file of Apple's Numbers",
    "word/document.xml": "a Word document",
    "xl/workbook.bin": "a binary Excel workbook (XLSB)",
}
_MOST_FILES = 100
# Where a zip's list of names begins is told at its end; Python reads all of the list at once.
_LONGEST_LIST = 1_000_000
_END, _END_64, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", b"PK\x06\x07", 22, 65_535
_PACKED = (b"\x1f\x8b", b"SQLite format 3\0", b"\xff\xfe<", b"\xfe\xff\0<", b"\xff\xfe{", b"\xfe\xff\0{")
_DAMAGED = "The archive is damaged, or goes on where the file ends. Pack it anew, or bring the list itself in."


class Gzip:
    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"\x1f\x8b")

    def unpack(self, path: Path, into: Limited) -> None:
        try:
            with gzip.open(path) as packed:
                _copy(packed, into)
        except (OSError, EOFError, zlib.error):
            raise Unreadable(_DAMAGED) from None


class Zip:
    def recognises(self, head: bytes) -> bool:
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))

    def unpack(self, path: Path, into: Limited) -> None:
        _check_list_of_names(path)
        if _is_workbook(path):
            # Loaded for those alone: what reads workbooks would be a twentieth of each server's start.
            from bookplate.catalog.importing.unpacking import workbook

            workbook.unpack(path, into)
            return
        try:
            with zipfile.ZipFile(path) as archive, archive.open(_the_list(archive)) as packed:
                _copy(packed, into)
        except Unreadable:
            raise
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError):
            raise Unreadable(_DAMAGED) from None


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _OF_WORKBOOKS in archive.namelist()
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError):
        return False  # which what follows says in words


def _copy(packed: IO[bytes] | gzip.GzipFile, into: Limited) -> None:
    while chunk := packed.read(_CHUNK):
        into.write(chunk)


def _check_list_of_names(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - 20))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise Unreadable(_DAMAGED)
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _LONGEST_LIST or tail[max(0, at - 20) :].startswith(_END_64):
        raise Unreadable(f"The archive has more than {_MOST_FILES} files. Pack the list alone.")


def _the_list(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one that can be brought in; raises `Unreadable` when there are several, or none."""
    files = [one for one in archive.infolist() if not _is_other(one)]
    if len(files) > _MOST_FILES:
        raise Unreadable(f"The archive has more than {_MOST_FILES} files. Pack the list alone.")
    if any(one.flag_bits & 1 for one in files):
        raise Unreadable("The archive is locked with a password. Unpack it and bring the list itself in.")
    lists = [one for one in files if _is_list(archive, one)]
    if office := next((_OFFICE[name] for one in files if (name := one.filename) in _OFFICE), ""):
        raise Unreadable(f"This is {office}. Save it as XLSX or as CSV and bring that in.")
    if not files:
        raise Unreadable("There is nothing in the archive. Bring the list itself in.")
    if len(lists) != 1:
        names = ", ".join(f"“{_shown(one)}”" for one in (lists or files)[:5])
        found = "are several lists" if lists else "is no list that is known"
        raise Unreadable(f"In the archive there {found}: {names}. Bring them in one by one.")
    return lists[0]


def _is_other(one: zipfile.ZipInfo) -> bool:
    """A folder, or what a Mac adds to each file."""
    # Not `is_dir()`, which does not know that a file may have no name at all.
    name = one.filename
    return name.endswith("/") or name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _is_list(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bool:
    with archive.open(one) as packed:
        head = packed.read(readers.HEAD)
    is_workbook = head.startswith(b"PK\x03\x04") and b"xl/" in head
    return is_workbook or bool(readers.recognise(head)) or head.startswith(_PACKED)


def _shown(one: zipfile.ZipInfo) -> str:
    return "".join(filter(str.isprintable, one.filename.rpartition("/")[2]))[:100]
