"""Django's settings, each read from an environment variable (docs/self-hosting.md lists them)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url

from bookplate.config import env
from bookplate.config.secret import secret_key

PACKAGE = Path(__file__).resolve().parent.parent

# --- Where things are -------------------------------------------------------------------

DATA = env.folder("BOOKPLATE_DATA", Path.cwd() / "data")
DATABASE_URL = env.database("DATABASE_URL")
REDIS_URL = env.url("REDIS_URL", "redis", "rediss", "unix")

# --- What the library is called and allows -----------------------------------------------

LIBRARY_NAME = env.text("BOOKPLATE_NAME", "Bookplate")
PUBLIC_URL = env.origin("BOOKPLATE_URL")
PUBLIC_CATALOGUE = env.boolean("BOOKPLATE_PUBLIC_CATALOGUE", True)
REGISTRATION = env.choice("BOOKPLATE_REGISTRATION", "invitation", "open", "closed")
DEMO = False  # `serve --demo` turns it on for its own process

LOAN_DAYS = env.integer("BOOKPLATE_LOAN_DAYS", 21, least=1, most=3650)
LOANS_AT_ONCE = env.integer("BOOKPLATE_LOANS_AT_ONCE", 20, least=1, most=10_000)
RENEWALS = env.integer("BOOKPLATE_RENEWALS", 2, most=1000)
HISTORY_DAYS = env.integer("BOOKPLATE_HISTORY_DAYS", 365, least=1, most=36_500)
EVENT_DAYS = env.integer("BOOKPLATE_EVENT_DAYS", 1095, least=7, most=36_500)
HOLD_DAYS = env.integer("BOOKPLATE_HOLD_DAYS", 7, least=1, most=365)

# --- Looking books up elsewhere -----------------------------------------------------------

METADATA_SOURCES = env.several("BOOKPLATE_METADATA", "openlibrary", "google", "sru")
METADATA_SECONDS: float = env.integer("BOOKPLATE_METADATA_SECONDS", 5, least=1, most=5)
METADATA_BYTES = 1_000_000
METADATA_PAUSE: float = 1  # seconds between two questions of a filling
METADATA_ADDRESSES = {
    "openlibrary": "https://openlibrary.org",
    "google": "https://www.googleapis.com",
    "sru": env.template(
        "BOOKPLATE_METADATA_SRU",
        "https://services.dnb.de/sru/dnb?version=1.1&operation=searchRetrieve&recordSchema=MARC21-xml"
        "&maximumRecords=5&query=num%3D{isbn}",
        "{isbn}",
    ),
}
COVERS = env.boolean("BOOKPLATE_COVERS", True)

# --- Safety ------------------------------------------------------------------------------

DEBUG = env.boolean("BOOKPLATE_DEBUG", False)
SECRET_KEY = secret_key(env.text("BOOKPLATE_SECRET_KEY"), DATA)
ALLOWED_HOSTS = env.hosts("BOOKPLATE_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
HTTPS = env.boolean("BOOKPLATE_HTTPS", False)
PROXIES = env.integer("BOOKPLATE_PROXIES", 0, most=10)
REACHABLE_NETWORKS = env.networks("BOOKPLATE_REACHABLE_NETWORKS")
CSRF_TRUSTED_ORIGINS = env.origins("BOOKPLATE_ORIGINS")
CORS_ALLOWED_ORIGINS = env.origins("BOOKPLATE_CORS_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match"]
CORS_EXPOSE_HEADERS = ["Link", "ETag", "Location", "Retry-After", "Content-Disposition"]
CORS_EXPOSE_HEADERS += ["Searched-For", "Last-Event", "Event-Gap"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_ENGINE = "bookplate.people.session_store"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_FAILURE_VIEW = "bookplate.config.errors.forbidden"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
UPLOAD_LIMIT = env.integer("BOOKPLATE_UPLOAD_MEGABYTES", 200, least=1, most=10_000) * 1_000_000

# --- The rooms ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "bookplate.config",
    "bookplate.web",
    "bookplate.api",
    "bookplate.live",
    "bookplate.feed",
    "bookplate.lending",
    "bookplate.catalog",
    "bookplate.people",
    "bookplate.core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "django_htmx",
]

MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bookplate.config.limits.PolicyMiddleware",
    "bookplate.config.limits.LimitsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bookplate.api.middleware.PrivateAnswersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "bookplate.web.middleware.PageSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bookplate.web.middleware.SignInMiddleware",
    "bookplate.web.middleware.ActingMiddleware",
    "bookplate.web.middleware.PageMessageMiddleware",
    "bookplate.web.middleware.PageHtmxMiddleware",
    "bookplate.web.middleware.DatabaseFaultsMiddleware",
]

ROOT_URLCONF = "bookplate.config.urls"
ASGI_APPLICATION = "bookplate.config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bookplate.web.context.library",
            ]
        },
    }
]

THREADS = env.integer("BOOKPLATE_THREADS", 32, least=1, most=1000)
SOCKETS = env.integer("BOOKPLATE_SOCKETS", 10_000, least=1, most=30_000)
SOCKETS_PER_USER = env.integer("BOOKPLATE_SOCKETS_PER_USER", 50, least=1, most=30_000)

# --- The stores --------------------------------------------------------------------------

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA / "bookplate.sqlite3",
    # IMMEDIATE and a timeout let writers queue up rather than fail; FULL keeps what was answered
    # through a power cut (docs/decisions/sqlite.md has the measurements).
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;",
    },
}
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL) if DATABASE_URL else SQLITE}
DATABASES["default"]["CONN_MAX_AGE"] = 600  # seconds; a connection stays with its thread (config.server)
DATABASES["default"].setdefault("TEST", {}).setdefault("NAME", DATA / "test.sqlite3" if not DATABASE_URL else None)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Without this, redis-py 8 drops subscriptions idle for 5 s (django/channels_redis#422).
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
MEDIA_ROOT = DATA / "uploads"

# --- Signing in --------------------------------------------------------------------------

SIGN_IN_ATTEMPTS = env.integer("BOOKPLATE_SIGN_IN_ATTEMPTS", 10, least=3, most=1000)
AUTH_USER_MODEL = "people.User"
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:catalogue"
LOGOUT_REDIRECT_URL = "web:catalogue"
PASSWORD_HASHERS = ["bookplate.people.hashing.Argon2OneAtATime"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=env.integer("BOOKPLATE_ACCESS_SECONDS", 300, least=1, most=86_400)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.integer("BOOKPLATE_REFRESH_DAYS", 30, least=1, most=366)),
    "USER_ID_CLAIM": "sub",
    "AUDIENCE": "bookplate",  # what another program signs with the same key is not for us
}

# --- The API -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bookplate.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "bookplate.api.negotiation.UsualFirst",
    "DEFAULT_PARSER_CLASSES": ["bookplate.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "bookplate.api.schema.Schema",
    "EXCEPTION_HANDLER": "bookplate.api.problems.handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Bookplate",
    "DESCRIPTION": "A shared library server: catalogue books, find them, lend them, and see at once what changed.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CopyVisibilityEnum": "bookplate.catalog.models.Visibility",
        "EventType": "bookplate.feed.catalogue.choices",
    },
    "WEBHOOKS": ["bookplate.api.webhooks.EVENT"],
}

# --- Mail --------------------------------------------------------------------------------

MAIL_SERVER = env.mail("BOOKPLATE_MAIL_URL")
EMAIL_BACKEND = MAIL_SERVER.backend
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.starttls, MAIL_SERVER.tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_address("BOOKPLATE_MAIL_FROM", "bookplate@localhost")

# --- Pages -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = env.time_zone("BOOKPLATE_TIME_ZONE", "UTC")
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# HSTS for all subdomains, for ever: not ours to decide, other services may live beside the library.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "bookplate.config.logs.HideSecrets",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A refused request is the client's news, not the log's; its address may be a reset link, too.
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "CRITICAL"}},
}
