"""A national library, by SRU with records in MARCXML (loc.gov/standards/sru); which one, a setting says."""

import re

from bookplate.catalog.importing.readers import marcxml
from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.fetching import Response
from bookplate.catalog.metadata.sources.source import Known, origin

PLACE = "{isbn}"
"""Where the setting has the number."""

# How it says, with 200, that it could not search: that is no answer about the book.
_FAULT = re.compile(rb"<(?:\w+:)?diagnostic\b")


class NationalLibrary:
    name = "sru"
    label = "The national library"

    def __init__(self, base: str) -> None:
        self.base = base

    @property
    def origins(self) -> list[str]:
        return [origin(self.base)]

    def address(self, number: str) -> str:
        return self.base.replace(PLACE, number)

    def read(self, answer: Response, number: str) -> Known | None:
        """Those of its records that have this number; a search finds it in notes and series, too."""
        body = answer.expect("text/xml", "application/xml", "application/sru+xml", "application/marcxml+xml")
        if b"searchRetrieveResponse" not in body:
            raise Unusable("it answers with something else than SRU")
        try:
            found = list(marcxml.drafts(body))
        except Unreadable:
            raise Unusable("it answers with XML that cannot be read") from None
        if not found and _FAULT.search(body):
            raise Unusable("it answers that something went wrong")
        return next((Known(draft) for draft in found if draft.isbn == number), None)
