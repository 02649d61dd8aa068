from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "bookplate.web"
    label = "web"
    verbose_name = "Pages"
