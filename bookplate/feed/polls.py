"""Whose poll it is: a door that has nothing to tell says so, and the poll is woken for what this user may see alone."""

from django.http import HttpRequest


def told_to(request: HttpRequest, user: int | None) -> None:
    """In the ASGI scope of `request`, where it has one."""
    getattr(request, "scope", {})["viewer"] = user
