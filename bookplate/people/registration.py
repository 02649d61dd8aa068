"""Opening an account for oneself, as far as the library allows it (`BOOKPLATE_REGISTRATION`)."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction

from bookplate.core import events
from bookplate.core.errors import Invalid, InvalidFields, Refusal
from bookplate.core.events import Note
from bookplate.core.models import Audience
from bookplate.people import hashing, invitations, passwords
from bookplate.people.accounts import open as open_account
from bookplate.people.models import Invitation, Member, User

STAFF = (Audience.STAFF, None)
WORDS = {
    "closed": "Nobody can register here. Ask at the library's desk for an account.",
    "invitation": "An account is made by invitation. Ask the library for a link.",
}


class RegistrationClosed(Refusal):
    status = HTTPStatus.FORBIDDEN
    title = "Registration is closed"


@dataclass(frozen=True)
class Newcomer:
    username: str
    email: str
    password: str
    firstname: str
    lastname: str = ""


def check_open(*, invited: bool) -> None:
    """Raises `RegistrationClosed` for whoever may not register."""
    if settings.REGISTRATION == "closed" or (settings.REGISTRATION == "invitation" and not invited):
        raise RegistrationClosed(WORDS[settings.REGISTRATION])


def by_token(token: str) -> Invitation:
    """The invitation of a link; raises `Invalid` when it opens nothing."""
    invitation = invitations.find(token)
    if invitation is None:
        raise Invalid("invitation", invitations.OVER)
    return invitation


def register(newcomer: Newcomer, invitation: Invitation | None = None) -> User:
    """An account with its profile, group and library card; raises `RegistrationClosed`, `Invalid` or `TooOften`."""
    check_open(invited=invitation is not None)
    user = User(username=User.normalize_username(newcomer.username), email=newcomer.email)
    card = Member(firstname=newcomer.firstname, lastname=newcomer.lastname)
    if invitation:
        user.role, user.group = invitation.role, invitation.group
    _check(user, card, newcomer.password)
    with hashing.in_line():
        user.password = make_password(newcomer.password)
    try:
        return _enter(user, card, invitation)
    except IntegrityError:
        _check(user, card, newcomer.password)  # now sees who was quicker
        raise


@transaction.atomic
def _enter(user: User, card: Member, invitation: Invitation | None) -> User:
    open_account(user)
    card.user = user
    card.save(force_insert=True)
    if invitation:
        invitations.claim(invitation, user)
    note = f"invitation {invitation.pk}" if invitation else ""
    told = [
        Note(kind, STAFF, user=user.pk, member=card.pk, note=note) for kind in ("member.added", "account.registered")
    ]
    events.record_all(told)
    return user


def _check(user: User, card: Member, password: str) -> None:
    """Everything that is wrong, at once."""
    errors: dict[str, list[str]] = {}
    checks: list[Callable[[], None]] = [
        lambda: user.full_clean(exclude=["password", "group"]),
        lambda: card.full_clean(exclude=["user"]),
        lambda: passwords.check(password, user),
    ]
    for check in checks:
        try:
            check()
        except ValidationError as error:
            errors |= error.message_dict
        except Invalid as error:
            errors |= error.errors
    if errors:
        raise InvalidFields(_by_field(errors))


def _by_field(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """A name taken in another case is found by a constraint of the table, not of the field."""
    return {("username" if name == NON_FIELD_ERRORS else name): messages for name, messages in errors.items()}
