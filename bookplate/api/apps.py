from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "bookplate.api"
    label = "api"
    verbose_name = "API"
