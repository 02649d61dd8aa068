from django.apps import AppConfig


class LendingConfig(AppConfig):
    name = "bookplate.lending"
    label = "lending"
    verbose_name = "Lending"
