"""XML and JSON in UTF-16, as some Windows programs write them; made UTF-8, for records are cut out of the bytes."""

import codecs
from pathlib import Path

from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.importing.unpacking.packing import Limited

_CHUNK = 1 << 18
_BEGINNINGS = {
    b"\xff\xfe<\0": "utf-16",
    b"\xfe\xff\0<": "utf-16",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
    b"\xff\xfe{\0": "utf-16",
    b"\xfe\xff\0{": "utf-16",
}


class WideText:
    def recognises(self, head: bytes) -> bool:
        return head[:4] in _BEGINNINGS

    def unpack(self, path: Path, into: Limited) -> None:
        with path.open("rb") as file:
            decoder = codecs.getincrementaldecoder(_BEGINNINGS[file.read(4)])()
            file.seek(0)
            try:
                while chunk := file.read(_CHUNK):
                    into.write(decoder.decode(chunk).encode())
                into.write(decoder.decode(b"", final=True).encode())
            except UnicodeError:
                raise Unreadable("The file says that it is UTF-16 and is not. Save it as UTF-8.") from None
