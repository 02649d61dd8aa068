"""A sheet of labels by its measures, and a run of barcodes that were printed before there were copies for them."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from stdnum import luhn

ROUNDING = 0.01


def _length(name: str, least: float, **more: Any) -> "models.FloatField[float, float]":
    limits = [MinValueValidator(least), MaxValueValidator(500)]
    return models.FloatField(name, validators=limits, help_text="In millimetres.", **more)


def _number(most: int) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(most)])


def _fits(number: str, size: str, gap: str, before: str, page: str) -> Q:
    """`number` labels of `size`, with a `gap` between two, begin at `before` and end on the page."""
    end = F(before) + F(number) * F(size) + (F(number) - 1) * F(gap)
    return Q(**{f"{page}__gte": end - ROUNDING})


class LabelSheet(models.Model):
    """Millimetres; labels go row by row from the top left."""

    name = models.CharField(max_length=60, unique=True, error_messages={"unique": "A sheet of this name is there."})
    page_width = _length("width of the page", 40, default=210)
    page_height = _length("height of the page", 40, default=297)
    columns = _number(20)
    rows = _number(60)
    width = _length("width of a label", 15)
    height = _length("height of a label", 8)
    left = _length("space left of the first label", 0)
    top = _length("space above the first label", 0)
    column_gap = _length("space between two columns", 0, default=0)
    row_gap = _length("space between two rows", 0, default=0)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=_fits("columns", "width", "column_gap", "left", "page_width")
                & _fits("rows", "height", "row_gap", "top", "page_height"),
                name="labels_fit_on_the_page",
                violation_error_message="So many labels do not fit on the page. Measure again.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def labels(self) -> int:
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """Of the label at `place` (from 0): its distance from the left and the top of the page, in millimetres."""
        row, column = divmod(place, self.columns)
        return self.left + column * (self.width + self.column_gap), self.top + row * (self.height + self.row_gap)


class BarcodeRun(models.Model):
    """Numbers one after the other, which no copy had when they were made and no other run has.

    A barcode is `2`, ten digits and a check digit (Luhn, ISO/IEC 7812-1); those that a copy is given by itself begin
    with 3.
    """

    first = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-first"]
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="a_run_has_barcodes"),
            models.CheckConstraint(
                condition=Q(first__gte=1) & Q(first__lt=10**10 - F("count")), name="a_run_has_ten_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{barcode(self.first)} to {barcode(self.last)}"

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    @property
    def barcodes(self) -> list[str]:
        return [barcode(number) for number in range(self.first, self.last + 1)]


def barcode(number: int) -> str:
    digits = f"2{number:010}"
    return digits + luhn.calc_check_digit(digits)
