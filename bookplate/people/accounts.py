"""Opening an account, with all that belongs to one; its name and mail address; the way back in for an admin."""

from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from bookplate.core import events
from bookplate.core.errors import Invalid, InvalidFields
from bookplate.core.models import Audience, locked
from bookplate.people import letters, links, passwords, sessions
from bookplate.people.models import Profile, User
from bookplate.people.roles import Role

ADMINS = (Audience.ADMINS, None)
ADDRESS_LINK = "bookplate.people.accounts.address"
ADDRESS_LINK_SECONDS = 24 * 60 * 60
TAKEN = "This username is taken."
OVER = "This link is over, or it was used already. Ask for the change once more from your account's page."


@transaction.atomic
def open(user: User) -> User:
    """Save a new `user` whose fields are filled in; the group follows, and the profile with it."""
    user.save(force_insert=True)
    Profile.objects.create(user=user)
    return user


def change(user: User, *, password: str, site: str, username: str | None = None, email: str | None = None) -> User:
    """Give `user` another name at once, and another mail address once it is confirmed there; needs their password."""
    passwords.prove(user, password)
    with transaction.atomic():
        if email is not None and email != user.email:
            _ask_address(user, email, site)
        return user if username is None or username == user.username else _rename(user, username)


def _rename(user: User, username: str) -> User:
    now = locked(user)
    was, now.username = now.username, User.normalize_username(username)
    _check_name(now)
    try:
        with transaction.atomic():
            now.save()
    except IntegrityError:
        raise Invalid("username", TAKEN) from None
    events.record("account.renamed", ADMINS, user=now.pk, note=f"{was} → {now.username}")
    return now


def _check_name(user: User) -> None:
    try:
        user.full_clean(exclude=["password", "group", "email", "role"])
    except ValidationError as error:
        raise InvalidFields({"username": error.messages}) from None


def _ask_address(user: User, email: str, site: str) -> None:
    _check_address(user, email)
    letters.confirm_address(user, email, address_link(user, email, site))
    letters.address_asked(user, email)


def address_link(user: User, email: str, site: str) -> str:
    claims = {"user": user.pk, "email": email, "state": _state(user)}
    return links.page(site, "address-link", signing.dumps(claims, salt=ADDRESS_LINK))


def _check_address(user: User, email: str) -> None:
    if not email:
        raise Invalid("email", "A mail address can be replaced, but not taken away.")
    try:
        User._meta.get_field("email").clean(email, user)
    except ValidationError as error:
        raise InvalidFields({"email": error.messages}) from None


def address_asked(token: str) -> tuple[User, str]:
    """Whose link this is and the address that it confirms; raises `LinkOver`."""
    try:
        claims = signing.loads(token, salt=ADDRESS_LINK, max_age=ADDRESS_LINK_SECONDS)
    except signing.BadSignature:
        raise links.LinkOver(OVER) from None
    user = User.objects.filter(pk=claims["user"], is_active=True).first()
    if user is None or not constant_time_compare(claims["state"], _state(user)):
        raise links.LinkOver(OVER)
    return user, claims["email"]


@transaction.atomic
def confirm_address(token: str) -> User:
    """Take the new mail address over; raises `LinkOver`."""
    locked(address_asked(token)[0])
    user, email = address_asked(token)  # again, now that nobody else can change it
    user.email = email
    user.save()
    events.record("account.mail-changed", ADMINS, user=user.pk)
    return user


def _state(user: User) -> str:
    """Changes with the password and the address, so that either of them ends the links made before."""
    return salted_hmac(ADDRESS_LINK, f"{user.pk}{user.password}{user.email}", algorithm="sha256").hexdigest()[:32]


def recover(username: str, password: str) -> tuple[User, bool]:
    """Make `username` an active admin with this password, their sign-ins ended; the account, and whether it is new."""
    user = User.objects.filter(username__iexact=username).first()
    is_new = user is None
    user = user or User(username=User.normalize_username(username))
    _check_name(user)
    passwords.check(password, user)
    return _make_admin(user, make_password(password)), is_new


@transaction.atomic
def _make_admin(user: User, hashed: str) -> User:
    now = locked(user) if user.pk else user
    was = f"{now.role} → " if user.pk else ""
    now.role, now.is_active, now.password = Role.ADMIN, True, hashed
    if now.pk:
        now.save()
        sessions.end_all(now)
    else:
        open(now)
    events.record("account.recovered", ADMINS, user=now.pk, note=f"{was}{Role.ADMIN}")
    return now
