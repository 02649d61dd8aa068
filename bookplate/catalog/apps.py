from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "bookplate.catalog"
    label = "catalog"
    verbose_name = "Catalogue"
