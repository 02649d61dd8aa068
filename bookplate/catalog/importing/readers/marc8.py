"""MARC-8, the character sets that libraries used before Unicode (Library of Congress, 2007).

pymarc has the tables. Its own decoder puts a blank in the place of what it cannot read, so a damaged
record would come in as a good one; this one refuses it.
"""

import re

from pymarc.marc8_mapping import CODESETS, ODD_MAP

from bookplate.people.folding import normal

_LATIN, _ANSEL, _EAST_ASIAN = 0x42, 0x45, 0x31
# ESC g, or ESC with "$" for three-byte sets, the half that it is for, and the set's letter ("!E" is Latin).
_ESCAPE = re.compile(rb"\x1b(?:(?P<special>[gbps])|(?P<half>\$?[(,)\-]|\$)!?(?P<set>[1-4BENQS]))")


class BadMARC8(ValueError):
    pass


def decode(raw: bytes) -> str:
    """The text of one subfield; raises `BadMARC8`."""
    return raw.decode() if raw.isascii() and b"\x1b" not in raw else _Decoder(raw).text()


class _Decoder:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.sets = [_LATIN, _ANSEL]  # for bytes below 0x80, and from it

    def text(self) -> str:
        """Marks stand before their letter in MARC-8, after it in Unicode."""
        done: list[str] = []
        marks: list[str] = []
        while self.at < len(self.raw):
            if self.raw[self.at] == 0x1B:
                self._escape()
                continue
            char, combines = self._char()
            if combines:
                marks.append(char)
            else:
                done += [char, *marks]
                marks.clear()
        return normal("NFC", "".join(done + marks))

    def _escape(self) -> None:
        found = _ESCAPE.match(self.raw, self.at)
        if found is None:
            raise BadMARC8(f"the escape sequence at its byte {self.at + 1} is unknown")
        if special := found["special"]:
            self.sets[0] = _LATIN if special == b"s" else special[0]
        else:
            self.sets[found["half"][-1:] in b")-"] = found["set"][0]
        self.at = found.end()

    def _char(self) -> tuple[str, bool]:
        byte = self.raw[self.at]
        if byte <= 0x20:
            self.at += 1
            return chr(byte), False
        table = CODESETS[charset := self.sets[byte >= 0x80]]
        width = 3 if charset == _EAST_ASIAN else 1
        code = int.from_bytes(self.raw[self.at : self.at + width], "big")
        # The tables know each set in one half only.
        mapped = table.get(code) or table.get(code ^ 0x80) or ((ODD_MAP[code], 0) if code in ODD_MAP else None)
        if mapped is None:
            raise BadMARC8(f"its byte {self.at + 1} (0x{byte:02X}) is no letter of the character set in use")
        self.at += width
        return chr(mapped[0]), bool(mapped[1])
