from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "bookplate.config"
    label = "config"
    verbose_name = "Bookplate"
