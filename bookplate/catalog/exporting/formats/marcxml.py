"""MARCXML (Library of Congress, MARC 21 XML Schema)."""

import re
from collections.abc import Iterable, Iterator

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.exporting.marc_record import record_of
from bookplate.catalog.importing.readers.fields import Field, Marc

_BEGIN = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
_END = b"</collection>\n"
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
# What means something in XML, and what it cannot hold at all.
_TO_ESCAPE = re.compile('[&<>"\x00-\x1f\ufffe\uffff]')


class MARCXML:
    name = "marcxml"
    label = "MARCXML"
    suffix = ".xml"
    with_marc = True
    content_type = "application/marcxml+xml"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        yield _BEGIN
        for entry in entries:
            yield _record(record_of(entry)).encode()
        yield _END


def _record(record: Marc) -> str:
    fields = "".join(map(_field, record.fields))
    return f"<record>\n<leader>{_text(f'{record.leader:24.24}')}</leader>\n{fields}</record>\n"


def _field(field: Field) -> str:
    tag = _text(field.tag)
    if field.is_control:
        return f'<controlfield tag="{tag}">{_text(field.data)}</controlfield>\n'
    first, second = map(_text, field.indicators)
    parts = "".join(f'<subfield code="{_text(code)}">{_text(text)}</subfield>' for code, text in field.subfields)
    return f'<datafield tag="{tag}" ind1="{first}" ind2="{second}">{parts}</datafield>\n'


def _text(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _MARKUP.get(found[0], "\ufffd"), text) if not text.isalnum() else text
