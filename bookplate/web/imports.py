"""Bringing lists in: receiving a file, how far it is, what of it failed."""

from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from bookplate.catalog.importing import intake, readers, report, tasks
from bookplate.catalog.importing.models import Import
from bookplate.core.errors import Invalid
from bookplate.web import pages
from bookplate.web.forms import BringInForm
from bookplate.web.rights import SignedInRequest, for_librarians

LISTED = 50
FAILURES_SHOWN = 200


@for_librarians
def imports(request: SignedInRequest) -> HttpResponse:
    form = BringInForm(pages.sent(request), request.FILES or None)
    if request.method == "POST" and form.is_valid() and (job := _received(request, form)):
        return redirect("web:import", job.pk)
    context = {"form": form, "jobs": Import.objects.select_related("by")[:LISTED]}
    return pages.show(request, "imports.html", context, status=400 if form.errors else 200)


@for_librarians
def one(request: SignedInRequest, number: int) -> HttpResponse:
    job = get_object_or_404(Import.objects.select_related("by"), pk=number)
    part = "_import.html" if pages.part_wanted(request) == "import" else "import.html"
    failures = job.failures.defer("content")[:FAILURES_SHOWN]
    kind = readers.named(job.format)
    return pages.show(request, part, {"job": job, "kind": kind, "failures": failures, "failures_shown": FAILURES_SHOWN})


@for_librarians
@require_safe
def failed(request: SignedInRequest, number: int) -> HttpResponseBase:
    """The failed records in a file of the same kind, to be mended and brought in again."""
    job = _with_failures(number)
    return pages.download(report.failed_file(job), report.failed_name(job))


@for_librarians
@require_safe
def reasons(request: SignedInRequest, number: int) -> HttpResponseBase:
    """Why each of them failed, as a spreadsheet."""
    job = _with_failures(number)
    return pages.download(report.failed_list(job), f"{PurePath(report.failed_name(job)).stem}-reasons.csv")


def _with_failures(number: int) -> Import:
    job = get_object_or_404(Import, pk=number, failed__gt=0)
    if not job.has_file:
        raise Http404
    return job


def _received(request: SignedInRequest, form: BringInForm) -> Import | None:
    file: UploadedFile[Any] = form.cleaned_data["file"]
    try:
        chosen = {name: form.cleaned_data[name] for name in ("dry_run", "copies")}
        return intake.receive(file, file.name or "", by=request.user, queue=tasks.bring_in.enqueue, **chosen)
    except Invalid as reason:
        form.add_error("file", str(reason))
        return None
