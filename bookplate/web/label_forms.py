"""What is to be printed on labels, and the measures of a sheet."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from bookplate.catalog.labels import drawing, runs, sheets
from bookplate.catalog.labels.drawing import Barcode, Label, Spine, Square
from bookplate.catalog.labels.models import BarcodeRun, LabelSheet
from bookplate.catalog.models import Copy
from bookplate.people.models import User

AT_MOST = runs.AT_MOST
KINDS = {"barcode": "Barcodes", "spine": "Spine labels", "square": "Squares (QR) that lead to the copy"}
TOO_SMALL = (
    "On these labels a scanner would read none of them. Choose a sheet with larger labels, or print squares (QR), "
    "which are narrower than the bars of a long number and take any letter."
)
WAYS = ("barcodes", "since", "run")


class LabelsForm(forms.Form):
    """Raises nothing: what cannot be printed is said beside its field."""

    kind = forms.ChoiceField(choices=list(KINDS.items()), label="What")
    sheet = forms.ChoiceField(label="On which sheet")
    first = forms.IntegerField(
        min_value=1,
        initial=1,
        label="First label",
        help_text="Of a sheet that is begun: the number of the first label that is left.",
    )
    barcodes = forms.CharField(
        required=False,
        max_length=AT_MOST * 61,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        label="For these copies",
        help_text="Scan their barcodes, one after the other.",
    )
    since = forms.DateField(
        required=False,
        label="Or for all copies added since",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    run = forms.ModelChoiceField(
        BarcodeRun.objects.none(), required=False, empty_label="", label="Or barcodes that no copy has yet"
    )

    def __init__(self, *args: Any, viewer: User, address: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer, self.address = viewer, address
        self.sheets = sheets.offered()
        choices = [(key, sheet.name) for key, sheet in self.sheets.items()]
        self.fields["sheet"].choices = choices  # type: ignore[attr-defined]
        self.fields["run"].queryset = BarcodeRun.objects.all()  # type: ignore[attr-defined]
        for name in WAYS:
            self.fields[name].optional = "one of the three"  # type: ignore[attr-defined]

    @property
    def chosen_sheet(self) -> LabelSheet:
        return self.sheets[self.cleaned_data["sheet"]]

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self._check_place()
            self.labels = self._labels()
            self._check_size()
        return self.cleaned_data

    def _check_place(self) -> None:
        if self.cleaned_data["first"] > self.chosen_sheet.labels:
            self.add_error("first", f"This sheet has {self.chosen_sheet.labels} labels.")

    def _check_size(self) -> None:
        if not drawing.are_legible(self.labels, self.chosen_sheet):
            self.add_error("sheet", TOO_SMALL)

    def _labels(self) -> list[Label]:
        given = [name for name in WAYS if self.cleaned_data[name]]
        if len(given) != 1:
            raise ValidationError("Choose one: scanned copies, those added since a day, or barcodes made ahead.")
        if run := self.cleaned_data["run"]:
            return self._ahead(run)
        return self._of_copies(self._scanned() if given == ["barcodes"] else self._since())

    def _ahead(self, run: BarcodeRun) -> list[Label]:
        kind = self.cleaned_data["kind"]
        if kind == "spine":
            raise ValidationError(
                "These barcodes have no shelf mark yet. Print spine labels once the copies are added."
            )
        return [Square(self.address(one), one) if kind == "square" else Barcode(one) for one in run.barcodes]

    def _scanned(self) -> list[Copy]:
        barcodes = self._barcodes()
        if len(barcodes) > AT_MOST:
            raise ValidationError(f"These are more than {AT_MOST} labels. Print them in parts.")
        known = {copy.barcode: copy for copy in self._copies().filter(barcode__in=barcodes)}
        if missing := [barcode for barcode in barcodes if barcode not in known]:
            raise ValidationError({"barcodes": f"No copy of the library has the barcode {', '.join(missing[:10])}."})
        return [known[barcode] for barcode in barcodes]

    def _barcodes(self) -> list[str]:
        """One a line, or several of which none has a blank in it."""
        lines = [line.strip() for line in self.cleaned_data["barcodes"].splitlines()]
        whole = set(self._copies().filter(barcode__in=lines).values_list("barcode", flat=True))
        return list(dict.fromkeys(one for line in lines for one in ([line] if line in whole else line.split())))

    def _since(self) -> list[Copy]:
        since = max(self.cleaned_data["since"], date(1, 1, 2))  # before which no clock of UTC goes
        begin = timezone.make_aware(datetime.combine(since, time.min))
        found = list(self._copies().filter(added_at__gte=begin).order_by("shelfmark", "id")[: AT_MOST + 1])
        if len(found) > AT_MOST:
            raise ValidationError({"since": f"These are more than {AT_MOST} labels. Choose a later day."})
        return found

    def _copies(self) -> Any:
        return Copy.objects.visible_to(self.viewer).of_library().select_related("book")

    def _of_copies(self, copies: list[Copy]) -> list[Label]:
        if self.cleaned_data["kind"] != "spine":
            return self._some([self._label(copy) for copy in copies], "No copy was added since then.")
        marked = [Spine(copy.shelfmark) for copy in copies if copy.shelfmark.strip()]
        return self._some(marked, "None of these copies has a shelf mark to print.")

    def _label(self, copy: Copy) -> Label:
        if self.cleaned_data["kind"] == "square":
            return Square(self.address(copy.barcode), copy.barcode, copy.book.title)
        return Barcode(copy.barcode, copy.book.title)

    def _some(self, labels: list[Any], otherwise: str) -> list[Label]:
        if not labels:
            raise ValidationError(otherwise)
        return labels


class RunForm(forms.Form):
    count = forms.IntegerField(
        min_value=1,
        max_value=AT_MOST,
        initial=21,
        label="New barcodes",
        help_text="To stick on books before they are catalogued; no number is ever made twice.",
    )


class LabelSheetForm(forms.ModelForm[LabelSheet]):
    class Meta:
        model = LabelSheet
        fields = [
            "name", "page_width", "page_height", "columns", "rows", "width", "height", "left", "top", "column_gap",
            "row_gap",
        ]  # fmt: skip
