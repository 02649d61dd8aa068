"""What every view needs: to show a whole page or the part htmx asked for, and to say what was done."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import content_disposition_header

from bookplate.catalog import paging
from bookplate.core.errors import Invalid, Refusal, TooOften
from bookplate.web.rights import Request

Saved = TypeVar("Saved")
Row = TypeVar("Row", bound=Model)


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page for this viewer alone: neither a proxy nor the next person at this computer keeps it."""
    response = render(request, f"web/{template}", context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    add_never_cache_headers(response)
    return response


def part_wanted(request: Request) -> str:
    """The id of the element that htmx will replace; empty when the whole page is wanted."""
    if not request.htmx or request.htmx.history_restore_request:
        return ""
    return request.htmx.target or ""


def listed(
    request: HttpRequest, rows: "QuerySet[Row]", ordering: str, at_once: int, after: str = "after"
) -> paging.Page[Row]:
    """Those of `rows` that come after the cursor in the address; the first ones when it is none of this list."""
    try:
        return paging.page(rows, ordering, request.GET.get(after, ""), at_once)
    except Invalid:
        return paging.page(rows, ordering, "", at_once)


def download(content: Iterator[bytes], name: str) -> StreamingHttpResponse:
    """A file that the browser keeps, and nobody in between."""
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type="application/octet-stream", headers=headers)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing until it is sent."""
    return request.POST if request.method == "POST" else None


def done(request: HttpRequest, words: str, *args: Any) -> HttpResponse:
    """Say what was done on the next page, and go there."""
    messages.success(request, words)
    return redirect(*args)


def refused(request: HttpRequest, words: object, *args: Any) -> HttpResponse:
    """Say why it could not be done on the next page, and go there."""
    messages.error(request, str(words))
    return redirect(*args)


def told_to_wait(response: HttpResponse, reason: TooOften) -> HttpResponse:
    """`response`, which shows `reason`, as programs read it."""
    response.status_code, response["Retry-After"] = reason.status, str(reason.wait)
    return response


def saved(form: BaseForm, save: Callable[[], Saved]) -> Saved | None:
    """What `save` gives; what somebody else did since the form's check, the form says."""
    try:
        return save()
    except Refusal as reason:
        _explain(form, reason)
        return None
    except IntegrityError:
        form.full_clean()
        if form.is_valid():
            raise
        return None


def _explain(form: BaseForm, reason: Refusal) -> None:
    """Beside the fields that it names, where the form has them."""
    errors: dict[str, list[str]] = getattr(reason, "errors", {"": [str(reason)]})
    for name, faults in errors.items():
        for fault in faults:
            form.add_error(name if name in form.fields else None, fault)
