"""As `asgi.py` and `wsgi.py` of a new project."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.contenders.drf.settings")
asgi = get_asgi_application()
wsgi = get_wsgi_application()
