from django.apps import AppConfig


class LendingConfig(AppConfig):
    name = "bookplate.lending"
    label = "lending"
    verbose_name = "Lending"

    def ready(self) -> None:
        from bookplate.catalog import copies
        from bookplate.catalog.importing import readers
        from bookplate.lending import own_data, owners  # models are there only now
        from bookplate.lending.moving.readers import LISTS
        from bookplate.people import privacy

        privacy.register("lending", own_data.PART)
        readers.register(*LISTS)
        copies.before_new_owner(owners.refuse_while_promised)
