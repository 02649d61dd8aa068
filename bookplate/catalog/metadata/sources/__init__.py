"""Who is asked. To add a source, write one file with a `Source`, list it here, give it its address in the settings."""

from django.conf import settings

from bookplate.catalog.metadata.sources.googlebooks import GoogleBooks
from bookplate.catalog.metadata.sources.openlibrary import OpenLibrary
from bookplate.catalog.metadata.sources.source import Known, Source
from bookplate.catalog.metadata.sources.sru import NationalLibrary

SOURCES: dict[str, type[Source]] = {kind.name: kind for kind in (OpenLibrary, GoogleBooks, NationalLibrary)}

__all__ = ["SOURCES", "Known", "Source", "enabled", "label", "named"]


def enabled() -> list[Source]:
    """Those that the library's settings name, in their order."""
    return [named(name) for name in settings.METADATA_SOURCES]


def named(name: str) -> Source:
    return SOURCES[name](settings.METADATA_ADDRESSES[name])


def label(name: str) -> str:
    """What people call it; of one that is asked no more, its name."""
    return SOURCES[name].label if name in SOURCES else name
