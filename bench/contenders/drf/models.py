"""The table of books as it is, seen by a model of nine fields and the two columns to sort and filter by."""

from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=2000)
    author = models.CharField(max_length=2000, blank=True)
    published_year = models.SmallIntegerField(null=True, blank=True)
    isbn = models.CharField(max_length=13, unique=True, null=True, blank=True)
    publisher = models.CharField(max_length=1000, blank=True)
    edition = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=8, blank=True)
    subjects = models.CharField(max_length=20_000, blank=True)
    title_key = models.CharField(max_length=200)
    year_key = models.SmallIntegerField()

    objects: "models.Manager[Book]" = models.Manager()

    class Meta:
        managed = False
        db_table = "catalog_book"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title
