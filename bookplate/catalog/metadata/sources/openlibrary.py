"""Open Library, by its Books API (https://openlibrary.org/dev/docs/api/books)."""

from typing import Any

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.fetching import Response
from bookplate.catalog.metadata.sources.source import Known, document, is_about, listed, mapping, origin, text, texts

COVERS = "https://covers.openlibrary.org"
# Covers are kept at the Internet Archive, on one of many machines.
ARCHIVE = ["https://archive.org", "https://.archive.org"]


class OpenLibrary:
    name = "openlibrary"
    label = "Open Library"

    def __init__(self, base: str) -> None:
        self.base = base

    @property
    def origins(self) -> list[str]:
        return [origin(self.base), COVERS, *ARCHIVE]

    def address(self, number: str) -> str:
        return f"{self.base}/api/books?bibkeys=ISBN:{number}&jscmd=details&format=json"

    def read(self, answer: Response, number: str) -> Known | None:
        found = document(answer)
        if not found:
            return None
        about = mapping(mapping(found.get(f"ISBN:{number}")).get("details"))
        if not is_about([*texts(about.get("isbn_13")), *texts(about.get("isbn_10"))], number):
            raise Unusable("it tells of another book")
        return Known(_draft(about), self._cover(about))

    def _cover(self, about: dict[str, Any]) -> str:
        """By number: those by ISBN are counted, and refused after 100 within five minutes."""
        numbers = [number for number in listed(about.get("covers")) if isinstance(number, int) and number > 0]
        return f"{COVERS}/b/id/{numbers[0]}-L.jpg?default=false" if numbers else ""


def _draft(about: dict[str, Any]) -> Draft:
    subtitle = text(about.get("subtitle"))
    coded = [key.rpartition("/")[2] for key in texts(about.get("languages"), "key")]
    return Draft(
        title=": ".join(filter(None, [text(about.get("title")), subtitle])),
        author=", ".join(texts(about.get("authors"), "name")),
        published_year=cleaning.year(text(about.get("publish_date"))),
        publisher=next(iter(texts(about.get("publishers"))), ""),
        edition=text(about.get("edition_name")),
        language=languages.code(coded[0]) if len(coded) == 1 else "",
        subjects="; ".join(texts(about.get("subjects"))),
    )
