"""The sheets one can choose from: two that are sold everywhere, and those that the library has measured."""

from bookplate.catalog.labels.models import LabelSheet

READY = {
    "a4-21": LabelSheet(
        name="A4, 21 labels of 63.5 × 38.1 mm (as L7160)",
        columns=3, rows=7, width=63.5, height=38.1, left=7.2, top=15.15, column_gap=2.55,
    ),
    "letter-30": LabelSheet(
        name="US Letter, 30 labels of 2⅝ × 1 inch (as 5160)", page_width=215.9, page_height=279.4,
        columns=3, rows=10, width=66.675, height=25.4, left=4.7625, top=12.7, column_gap=3.175,
    ),
}  # fmt: skip


def offered() -> dict[str, LabelSheet]:
    """By the name that a form sends."""
    return READY | {str(sheet.pk): sheet for sheet in LabelSheet.objects.all()}
