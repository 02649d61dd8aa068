"""The mails about accounts: who gets which words."""

from collections.abc import Sequence

from django.conf import settings

from bookplate.core import mail
from bookplate.people.models import Invitation, User

IGNORE = "If you did not ask for this, you need not do anything."


def invite(invitation: Invitation, link: str) -> None:
    _send(
        invitation.email,
        "Your invitation",
        f"You are invited to {settings.LIBRARY_NAME}. Make your account here:",
        link,
        f"The link works once, until {invitation.expires_at:%d %B %Y}.",
    )


def reset(email: str, accounts: Sequence[tuple[User, str]]) -> None:
    """One mail for all accounts of an address, each with its link."""
    links = [f"{user.username}:\n{link}" for user, link in accounts]
    words = "Somebody, perhaps you, wants a new password. Choose it here:"
    _send(email, "A new password", words, *links, "A link works once, for a day.", IGNORE)


def password_changed(user: User) -> None:
    words = f"The password of {user.username} was changed, and its other sign-ins were ended."
    _send(user.email, "Your password was changed", words, "If that was not you, ask for a new password at once.")


def confirm_address(user: User, email: str, link: str) -> None:
    words = f"{user.username} wants to use this mail address. If that is right, confirm it here:"
    _send(email, "Confirm your mail address", words, link, "The link works once, for a day.", IGNORE)


def address_asked(user: User, email: str) -> None:
    words = f"{user.username} asked to replace this mail address by {email}. It counts once it is confirmed there."
    advice = "If that was not you, change your password now: that stops it."
    _send(user.email, "Your mail address is to be changed", words, advice)


def _send(to: str, subject: str, *paragraphs: str) -> None:
    if to:
        mail.send(to, f"{settings.LIBRARY_NAME}: {subject}", "\n\n".join(paragraphs) + "\n")
