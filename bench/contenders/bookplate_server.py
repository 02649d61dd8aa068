"""Bookplate's views and middleware behind the ways there are to serve them."""

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
asgi = get_asgi_application()
wsgi: Any = get_wsgi_application()
a2wsgi = WSGIMiddleware(wsgi)
