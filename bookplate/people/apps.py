from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class PeopleConfig(AppConfig):
    name = "bookplate.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from bookplate.core import events
        from bookplate.people import kinds, own_data, page_sessions, privacy  # models are there only now

        # The one place where Django tells of a sign-in whichever of its doors it came through.
        user_logged_in.connect(page_sessions.opened)
        user_logged_out.connect(page_sessions.closed)
        events.declare(kinds.KINDS)
        privacy.register("people", own_data.PART)
