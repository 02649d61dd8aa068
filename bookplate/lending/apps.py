from django.apps import AppConfig


class LendingConfig(AppConfig):
    name = "bookplate.lending"
    label = "lending"
    verbose_name = "Lending"

    def ready(self) -> None:
        from bookplate.catalog import copies
        from bookplate.catalog.importing import readers, undo
        from bookplate.core import events
        from bookplate.lending import kinds, own_data, owners  # models are there only now
        from bookplate.lending.moving import counted_on, readings
        from bookplate.lending.moving.readers import LISTS
        from bookplate.people import privacy

        events.declare(kinds.KINDS)
        privacy.register("lending", own_data.PART)
        readers.register(*LISTS)
        readers.offer(*readings.CHOSEN)
        copies.before_new_owner(owners.change)
        copies.before_removal(owners.remove)
        undo.unless(counted_on.why_not)
