"""Bringing lists in: receiving a file, what its columns are, how far it is, what failed, taking it back."""

from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from bookplate.catalog.importing import intake, mapping, pipeline, readers, report, tasks, undo
from bookplate.catalog.importing.models import Import, State
from bookplate.core.errors import Refusal
from bookplate.lending.moving import readings
from bookplate.web import pages
from bookplate.web.import_forms import BringInForm, ColumnsForm
from bookplate.web.rights import SignedInRequest, for_people

LISTED = 50
FAILURES_SHOWN = 200


@for_people
def imports(request: SignedInRequest) -> HttpResponse:
    form = BringInForm(pages.sent(request), request.FILES or None, viewer=request.user)
    if request.method == "POST" and form.is_valid() and (job := pages.saved(form, lambda: _received(request, form))):
        return redirect("web:import-columns" if job.state == State.ASKING else "web:import", job.pk)
    context = {"form": form, "jobs": _visible(request)[:LISTED]}
    return pages.show(request, "imports.html", context, status=400 if form.errors else 200)


def _received(request: SignedInRequest, form: BringInForm) -> Import:
    file: UploadedFile[Any] = form.cleaned_data["file"]
    queue = readings.chosen(form.order, tasks.bring_in.enqueue)
    with intake.arriving(file, file.name or "", request.user, later=True) as arrived:
        return intake.accept(arrived, by=request.user, queue=queue, ask=True, **form.chosen())


@for_people
def one(request: SignedInRequest, number: int) -> HttpResponse:
    job = get_object_or_404(_visible(request), pk=number)
    polled = pages.part_wanted(request) == "import"
    failures = job.failures.defer("content")[:FAILURES_SHOWN]
    context = {"job": job, "kind": readers.of(job), "undoable": undo.may_be_undone(job), "polled": polled}
    context["told"] = [*filter(None, (report.passed_over(job), readings.told(job)))]
    context |= {"failures": failures, "failures_shown": FAILURES_SHOWN}
    return pages.show(request, "_import.html" if polled else "import.html", context)


@for_people
def columns(request: SignedInRequest, number: int) -> HttpResponse:
    """What each column is, with the first rows as they would be read; asked again with every choice."""
    job = get_object_or_404(_visible(request), pk=number)
    if job.state != State.ASKING:  # they went back, or said it in another tab
        return _to_page_of(request, job)
    header = mapping.header(job)
    given = request.POST or request.GET or _known(job, header)
    form = ColumnsForm(given, header=header, examples=mapping.examples(job))
    told = form.told()
    if request.method == "POST":
        chosen = pages.saved(form, lambda: mapping.choose(job, told, tasks.bring_in.enqueue))
        if chosen:
            return redirect("web:import", job.pk)
    part = "_columns.html" if pages.part_wanted(request) == "preview" else "columns.html"
    seen = mapping.preview(job, {name: place - 1 for name, place in told.items()})
    context = {"job": job, "form": form, "seen": list(seen), "fields": [mapping.FIELDS[name] for name in told]}
    return pages.show(request, part, context, status=400 if request.method == "POST" else 200)


def _to_page_of(request: SignedInRequest, job: Import) -> HttpResponse:
    address = reverse("web:import", args=[job.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _known(job: Import, header: list[str]) -> dict[str, str]:
    """What was said the last time, else what the names tell."""
    places = job.columns or mapping.guessed(header)
    return {name: str(place + 1) for name, place in places.items()}


@for_people
@require_POST
def cancel(request: SignedInRequest, number: int) -> HttpResponse:
    job = get_object_or_404(_visible(request), pk=number)
    pipeline.cancel(job)
    return redirect("web:import", job.pk)


@for_people
@require_POST
def take_back(request: SignedInRequest, number: int) -> HttpResponse:
    job = get_object_or_404(_visible(request), pk=number)
    try:
        undo.begin(job, tasks.take_back.enqueue)
    except Refusal as reason:
        return pages.refused(request, reason, "web:import", job.pk)
    return redirect("web:import", job.pk)


@for_people
@require_safe
def failed(request: SignedInRequest, number: int) -> HttpResponseBase:
    """The failed records in a file of the same kind, to be mended and brought in again."""
    job = _with_failures(request, number)
    return pages.download(report.failed_file(job), report.failed_name(job))


@for_people
@require_safe
def reasons(request: SignedInRequest, number: int) -> HttpResponseBase:
    """Why each of them failed, as a spreadsheet."""
    job = _with_failures(request, number)
    return pages.download(report.failed_list(job), f"{PurePath(report.failed_name(job)).stem}-reasons.csv")


def _with_failures(request: SignedInRequest, number: int) -> Import:
    job = get_object_or_404(_visible(request), pk=number, failed__gt=0)
    if not job.has_file:
        raise Http404
    return job


def _visible(request: SignedInRequest) -> "QuerySet[Import]":
    return Import.objects.visible_to(request.user).select_related("by", "owner", "owner_group")
