from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "bookplate.core"
    label = "core"
    verbose_name = "Core"
