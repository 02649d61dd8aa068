"""What happens to webhooks, for the catalogue of events (`core.events`)."""

from bookplate.core.events import Kind
from bookplate.core.models import Audience

USER = (Audience.USER,)

KINDS = [
    Kind("webhook.added", "made a webhook", USER, ("user", "note")),
    Kind("webhook.changed", "changed a webhook", USER, ("user", "note")),
    Kind("webhook.removed", "removed a webhook", USER, ("user", "note")),
    Kind("webhook.resumed", "let a webhook go on that was set aside", USER, ("user", "note")),
    Kind("webhook.set-aside", "set a webhook aside that could not be reached", USER, ("user", "note")),
]
