from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "bookplate.catalog"
    label = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from bookplate.catalog import own_data  # models are there only now
        from bookplate.people import privacy

        privacy.register("catalog", own_data.PART)
