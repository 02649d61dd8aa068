from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    name = "bookplate.catalog"
    label = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from bookplate.catalog import kinds, own_data  # models are there only now
        from bookplate.catalog.search import checks, upkeep  # noqa: F401
        from bookplate.core import events
        from bookplate.people import privacy

        events.declare(kinds.KINDS)
        privacy.register("catalog", own_data.PART)
        post_migrate.connect(upkeep.ensure, sender=self)
