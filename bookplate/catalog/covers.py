"""Pictures of covers: fetched as all that sources tell is, made anew in two sizes, kept by what is in them.

What was fetched is never served: it may be no picture, a picture that fills memory, or one with something hidden in it.
"""

import asyncio
import hashlib
import logging
import re
import struct
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django_tasks import task
from PIL import Image

from bookplate.catalog.metadata import answers, asking, fetching, sources
from bookplate.catalog.metadata.answers import Value
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.models import Audience

logger = logging.getLogger(__name__)

SIZES = {"small": (240, 480), "large": (480, 960)}
"""Pixels, at most, twice what the pages need at the usual density; covers are as high as they are."""
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
MOST_PIXELS = 12_000_000
# A JPEG that gets better while it loads is drawn in about ten turns, each of them over all its pixels.
MOST_TURNS, TURN = 50, b"\xff\xda"
# What sources send where they have no picture: a dot, or a strip.
LEAST_SIDE = 40
QUALITY = 82
NAME = re.compile(r"[0-9a-f]{32}")
# How pixels may be kept that can be averaged; the others are numbers of colours.
_SCALABLE = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}
# All that Pillow's readers raise over a damaged file.
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, struct.error)


class NoPicture(Exception):
    """What was fetched cannot be shown as a cover."""


def path(name: str, size: str) -> Path | None:
    """The file of a kept cover; `None` for what is none, or is there no more."""
    if not NAME.fullmatch(name) or size not in SIZES:
        return None
    found = _path(name, size)
    return found if found.exists() else None


def _path(name: str, size: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "covers" / name[:2] / f"{name}-{size}.jpg"


def keep(picture: bytes) -> str:
    """Make it anew and keep it; the name it has from then on. Raises `NoPicture`."""
    made = dict(_made(picture))
    name = hashlib.sha256(made["large"]).hexdigest()[:32]
    for size, content in made.items():
        file = _path(name, size)
        file.parent.mkdir(parents=True, exist_ok=True)
        arriving = file.with_name(f"arriving-{uuid.uuid4().hex}")
        arriving.write_bytes(content)
        arriving.replace(file)
    return name


def _made(picture: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with Image.open(BytesIO(picture), formats=list(FORMATS)) as image:
            _check(image, picture)
            image.draft("RGB", SIZES["large"])  # of a JPEG no more than is needed is unpacked
            if image.mode in _SCALABLE:  # before more is made of it: the fewer pixels, the less memory
                image.thumbnail(SIZES["large"])
            shown = image.convert("RGB")
        for size in ("large", "small"):
            shown.thumbnail(SIZES[size])
            file = BytesIO()
            shown.save(file, "JPEG", quality=QUALITY, optimize=True)
            yield size, file.getvalue()
    except (*_DAMAGED, Image.DecompressionBombError) as fault:
        raise NoPicture(str(fault)) from None


def _check(image: Image.Image, picture: bytes) -> None:
    """By what the file says of itself, before anything is unpacked."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise NoPicture(f"it has {width * height:,} pixels")
    if min(width, height) < LEAST_SIDE:
        raise NoPicture(f"it is {width} by {height} pixels large")
    if image.format == "JPEG" and picture.count(TURN) > MOST_TURNS:
        raise NoPicture("it is drawn in too many turns")


def want(book: Book) -> None:
    """Have its cover fetched by a worker, where a source has told of one."""
    if settings.COVERS and book.isbn and not book.cover and answers.cover(book.isbn):
        fetch_cover.enqueue(book.pk)


@task()
def fetch_cover(number: int) -> None:
    if book := Book.objects.filter(pk=number).first():
        try:
            fetch(book)
        except Unusable as reason:
            logger.warning("The cover of book %s could not be fetched: %s", number, reason)


def fetch(book: Book) -> bool:
    """Fetch the cover that a source told of, if the book has none; whether it has now one. Raises `Unusable`."""
    told = answers.cover(book.isbn) if settings.COVERS and book.isbn and not book.cover else None
    if told is None or book.isbn is None:
        return False
    try:
        name = keep(asyncio.run(_picture(told)))
    except NoPicture:
        answers.forget_cover(book.isbn, told.source)
        return False
    return _put(book, name)


@transaction.atomic
def _put(book: Book, name: str) -> bool:
    """Unless it is another book by now, or has a cover."""
    if not Book.objects.filter(pk=book.pk, isbn=book.isbn, cover="").update(cover=name):
        return False
    events.record("book.changed", (Audience.PUBLIC, None), book=book.pk)
    return True


async def _picture(told: Value) -> bytes:
    """Raises `NoPicture` where there is none, `Unusable` when it cannot be told now."""
    origins = sources.named(told.source).origins
    with asking.counted(f"{told.source} covers"):
        async with asyncio.timeout(settings.METADATA_SECONDS):
            answer = await fetching.get(str(told.value), origins, settings.METADATA_SECONDS)
        picture = None if answer.status in (404, 410) else answer.expect(*FORMATS.values())
    if picture is None:
        raise NoPicture("it is not there")
    return picture
