"""The ASGI application: HTTP to Django, WebSockets to the live room."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
http = get_asgi_application()

from django.urls import path  # noqa: E402  (Django must be set up first)

from bookplate.config.limits import BodyLimit  # noqa: E402
from bookplate.live.consumer import EventsConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(http),
        "websocket": SessionMiddlewareStack(URLRouter([path("ws/", EventsConsumer.as_asgi())])),
    }
)
