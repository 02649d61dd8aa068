from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "bookplate.live"
    label = "live"
    verbose_name = "Live events"
