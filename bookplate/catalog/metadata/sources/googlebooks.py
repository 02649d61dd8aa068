"""Google Books, by its Volumes API (https://developers.google.com/books/docs/v1/reference/volumes)."""

from typing import Any

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.fetching import Response
from bookplate.catalog.metadata.sources.source import Known, document, is_about, listed, mapping, origin, text, texts

PICTURES = ["https://books.google.com", "https://books.googleusercontent.com"]


class GoogleBooks:
    name = "google"
    label = "Google Books"

    def __init__(self, base: str) -> None:
        self.base = base

    @property
    def origins(self) -> list[str]:
        return [origin(self.base), *PICTURES]

    def address(self, number: str) -> str:
        return f"{self.base}/books/v1/volumes?q=isbn:{number}"

    def read(self, answer: Response, number: str) -> Known | None:
        """Of a book that it does not know it tells what is near to it."""
        found = document(answer)
        if "totalItems" not in found:
            raise Unusable("it answers with something else than it used to")
        volumes = (mapping(mapping(item).get("volumeInfo")) for item in listed(found.get("items")))
        about = (one for one in volumes if is_about(texts(one.get("industryIdentifiers"), "identifier"), number))
        return next(map(_known, about), None)


def _known(about: dict[str, Any]) -> Known:
    cover = text(mapping(about.get("imageLinks")).get("thumbnail"))
    return Known(_draft(about), cover.replace("http://", "https://", 1))


def _draft(about: dict[str, Any]) -> Draft:
    return Draft(
        title=": ".join(filter(None, [text(about.get("title")), text(about.get("subtitle"))])),
        author=", ".join(texts(about.get("authors"))),
        published_year=cleaning.year(text(about.get("publishedDate"))),
        publisher=text(about.get("publisher")),
        language=languages.code(text(about.get("language"))),
        subjects="; ".join(texts(about.get("categories"))),
    )
