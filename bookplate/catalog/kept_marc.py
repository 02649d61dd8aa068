"""The MARC record that a book came from: what Bookplate has no use for goes out again as it came in.

In a table of its own, so that lists of books do not carry it along.
"""

from django.db import models


class KeptMarc(models.Model):
    book = models.OneToOneField(
        "catalog.Book", on_delete=models.CASCADE, primary_key=True, related_name="kept_marc", editable=False
    )
    packed = models.BinaryField()

    class Meta:
        verbose_name = "MARC record that was kept"
        verbose_name_plural = "MARC records that were kept"

    def __str__(self) -> str:
        return f"MARC record of book {self.book_id}"
