from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "bookplate.feed"
    label = "feed"
    verbose_name = "Feed"

    def ready(self) -> None:
        from bookplate.core import events
        from bookplate.feed import kinds, own_data  # models are there only now
        from bookplate.people import privacy

        events.declare(kinds.KINDS)
        privacy.register("feed", own_data.PART)
