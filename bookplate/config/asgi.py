"""The ASGI application: HTTP to Django, WebSockets to the live room."""

import os
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (Django must be set up first)
from django.urls import get_resolver, path, re_path  # noqa: E402

from bookplate.config.server import Bridge  # noqa: E402
from bookplate.core.garbage import settle  # noqa: E402
from bookplate.live.looking_up import LookUps  # noqa: E402
from bookplate.live.polling import LongPolls  # noqa: E402
from bookplate.live.socket import serve  # noqa: E402


async def nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """Refuses the handshake; without a route of its own a wrong address would be a fault of the server."""
    await send({"type": "websocket.close"})


LOOK_UPS = ["/api/metadata/", "/books/look-up/"]
# Channels routes by Django's paths, whose types know views alone.
sockets = [path("ws/", serve), re_path("", nothing_here)]  # type: ignore[arg-type]
application = ProtocolTypeRouter(
    {
        "http": LongPolls(LookUps(Bridge(settings.THREADS), LOOK_UPS)),
        "websocket": SessionMiddlewareStack(URLRouter(sockets)),
    }
)
_ = get_resolver().url_patterns  # loads the pages and the API
settle()
