"""What is answered when no view does: problem details under /api/, a page elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from bookplate.api import problems

WORDS = {
    400: "Your browser sent something that cannot be read. Go back and try once more.",
    403: "This page is not for you, or the form was open too long. Go back, reload it and try once more.",
    404: "There is no such page. Perhaps the book was removed, or the address was mistyped.",
    405: "This address does not take what was sent to it. Go to the catalogue and try once more.",
    413: "What you sent is larger than this library takes. If it was a list of books, cut it into several files.",
    507: "The library's disk is full, so nothing was kept. Tell whoever runs it, and send it again when there is room.",
    500: "Something broke on our side. Nothing you entered was saved; please try once more.",
}


def answer(request: HttpRequest, status: int) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        return problems.plain(HTTPStatus(status))
    return render(request, "web/error.html", {"status": status, "words": WORDS[status]}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponseBase:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    return answer(request, 500)
