"""Labels to print: for copies, and barcodes made ahead; the library's own sheets."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bookplate.catalog.labels import drawing, runs
from bookplate.catalog.labels.models import LabelSheet
from bookplate.catalog.models import Copy
from bookplate.web import pages
from bookplate.web.label_forms import LabelsForm, LabelSheetForm, RunForm
from bookplate.web.rights import Request, SignedInRequest, for_librarians, for_readers

PRESET = ("kind", "sheet", "barcodes", "since", "run")


@for_librarians
def labels(request: SignedInRequest) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        content = drawing.pdf(form.labels, form.chosen_sheet, form.cleaned_data["first"])
        headers = {"Content-Disposition": 'attachment; filename="labels.pdf"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type="application/pdf", headers=headers)
    return _show(request, form, RunForm())


@for_librarians
@require_POST
def make_run(request: SignedInRequest) -> HttpResponse:
    form = RunForm(request.POST)
    if not form.is_valid():
        return _show(request, _form(request, sent=False), form)
    run = runs.make(form.cleaned_data["count"], by=request.user)
    address = f"{reverse('web:labels')}?{urlencode({'kind': 'barcode', 'run': str(run.pk)})}"
    return pages.done(request, f"Barcodes {run} are yours. Now print them.", address)


def _form(request: SignedInRequest, *, sent: bool = True) -> LabelsForm:
    preset = {name: request.GET[name] for name in PRESET if name in request.GET}
    data = pages.sent(request) if sent else None
    return LabelsForm(data, initial=preset, viewer=request.user, address=lambda number: _address(request, number))


def _address(request: Request, barcode: str) -> str:
    path = reverse("web:copy", args=[barcode])
    return settings.PUBLIC_URL + path if settings.PUBLIC_URL else request.build_absolute_uri(path)


def _show(request: SignedInRequest, form: LabelsForm, run_form: RunForm) -> HttpResponse:
    context = {"form": form, "run_form": run_form, "sheets": LabelSheet.objects.all()}
    return pages.show(request, "labels.html", context, status=400 if form.errors or run_form.errors else 200)


@for_readers
@never_cache
def copy(request: Request, barcode: str) -> HttpResponse:
    """Where a square (QR) on a copy leads to: its book's page."""
    found = get_object_or_404(Copy.objects.visible_to(request.user), barcode=barcode)
    return redirect("web:book", found.book_id)


@for_librarians
def add_sheet(request: SignedInRequest) -> HttpResponse:
    return _sheet(request, LabelSheet(), "Measure a sheet of labels")


@for_librarians
def edit_sheet(request: SignedInRequest, number: int) -> HttpResponse:
    return _sheet(request, get_object_or_404(LabelSheet, pk=number), "Measures of this sheet")


@for_librarians
def remove_sheet(request: SignedInRequest, number: int) -> HttpResponse:
    sheet = get_object_or_404(LabelSheet, pk=number)
    if request.method != "POST":
        context = {"title": sheet.name, "what": "sheet", "back": reverse("web:labels")}
        return pages.show(request, "remove.html", context)
    sheet.delete()
    return pages.done(request, f"The sheet “{sheet}” was removed.", "web:labels")


def _sheet(request: SignedInRequest, sheet: LabelSheet, heading: str) -> HttpResponse:
    form = LabelSheetForm(pages.sent(request), instance=sheet)
    if request.method == "POST" and form.is_valid():
        saved = pages.saved(form, form.save)
        if saved:
            address = f"{reverse('web:labels')}?{urlencode({'sheet': str(saved.pk)})}"
            return pages.done(request, f"The sheet “{saved}” is ready to print on.", address)
    words = "Measure with a ruler on an unused sheet; every length is in millimetres."
    context = {"form": form, "heading": heading, "words": words, "back": reverse("web:labels")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
