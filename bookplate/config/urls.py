"""Every address: pages at the root, the API under /api/, health for supervisors, Django's admin."""

from django.contrib import admin
from django.urls import include, path

from bookplate.config import health

urlpatterns = [
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("api/", include("bookplate.api.urls")),
    path("", include("bookplate.web.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "bookplate.config.errors.bad_request"
handler403 = "bookplate.config.errors.forbidden"
handler404 = "bookplate.config.errors.not_found"
handler500 = "bookplate.config.errors.server_error"
