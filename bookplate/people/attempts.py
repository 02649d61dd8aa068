"""What is tried is counted, and too often makes a pause: for the account, and for the address it comes from.

An attempt is counted before the password or code is looked at and taken back when it was right. So of any
number at the same moment, in any number of processes, no more are judged than the limit allows, and a pause
is the same for those who know the password. Whoever is signed in stays so.
"""

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookplate.core import events, mail
from bookplate.core.errors import TooOften
from bookplate.core.models import Audience
from bookplate.people import hashing
from bookplate.people.addresses import client_address
from bookplate.people.folding import normal
from bookplate.people.models import Attempt, User
from bookplate.people.models.attempts import COUNTED_FOR

# Several people may share an address; who tries many names from one is stopped all the same.
ADDRESS_FACTOR = 5
# Of the code for a library card, which one types from paper.
CODES = 10

PASSWORDS, WRONG_CODES, LINKS = "wrong passwords", "wrong codes", "requests for a link"

Right = TypeVar("Right")


class TooManyAttempts(TooOften):
    title = "Too many attempts"

    def __init__(self, what: str, seconds: float) -> None:
        minutes = math.ceil(seconds / 60)
        super().__init__(f"Too many {what}. Try again in {minutes} minute{'' if minutes == 1 else 's'}.", seconds)


@dataclass(frozen=True)
class Counter:
    what: str
    whose: str
    limit: int


def authenticate(request: HttpRequest, username: str, password: str) -> User | None:
    """The account that this name and password open, if they do; raises `TooOften`."""
    address = client_address(request.META)
    user = guard(username, address, lambda: auth.authenticate(request, username=username, password=password))
    return user if isinstance(user, User) else None


def guard(username: str, address: str | None, judge: Callable[[], Right]) -> Right:
    """What `judge` gives, which is false for a wrong password; raises `TooOften` instead of asking it.

    For every place that asks for a password. Not inside a transaction, which could undo the counting.
    """
    counters = [_of_name(PASSWORDS, username), *_of_address(PASSWORDS, address)]
    with hashing.in_line():
        verdict, failures = _judged(counters, judge)
    if not verdict and failures == settings.SIGN_IN_ATTEMPTS:
        _tell_owner(username)
    return verdict


def guard_code(user: User, judge: Callable[[], Right]) -> Right:
    """The same for the code of a library card, which `user` enters."""
    return _judged([Counter(WRONG_CODES, _hidden(WRONG_CODES, str(user.pk)), CODES)], judge)[0]


def count_link(email: str, address: str | None) -> None:
    """Somebody asks for a link to be mailed to `email`, known here or not; raises `TooManyAttempts`."""
    _count([_of_name(LINKS, email), *_of_address(LINKS, address)])


def forget_old() -> int:
    """Remove what no longer counts; how many there were."""
    now = timezone.now()
    over = Q(paused_until=None) | Q(paused_until__lte=now)
    return Attempt.objects.filter(over, since__lte=now - COUNTED_FOR).delete()[0]


def _judged(counters: list[Counter], judge: Callable[[], Right]) -> tuple[Right, int]:
    """The verdict, and how many attempts there were of late."""
    failures = _count(counters)
    verdict = judge()
    if verdict:
        _take_back(*counters)
    return verdict, failures


@transaction.atomic(durable=True)
def _count(counters: list[Counter]) -> int:
    """Count an attempt on each, the account always first so that nobody waits in a ring; the account's number."""
    failures = [_count_one(counter) for counter in counters]
    return failures[0]


def _count_one(counter: Counter) -> int:
    attempt, _ = Attempt.objects.select_for_update().get_or_create(whose=counter.whose)
    now = timezone.now()  # after the wait for the row
    if (seconds := attempt.pause(now)) > 0:
        raise TooManyAttempts(counter.what, seconds)
    attempt.count(counter.limit, now)
    attempt.save()
    return attempt.failures


@transaction.atomic(durable=True)
def _take_back(account: Counter, *addresses: Counter) -> None:
    """The account begins anew, but not the address: else an account of one's own would open it for guessing."""
    Attempt.objects.filter(whose=account.whose).delete()
    for counter in addresses:
        for attempt in Attempt.objects.select_for_update().filter(whose=counter.whose):
            attempt.take_back(counter.limit)
            attempt.save()


@transaction.atomic
def _tell_owner(username: str) -> None:
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        return
    if user.email:
        mail.send(user.email, f"{settings.LIBRARY_NAME}: wrong passwords for your account", _words(user))
    events.record("user.paused", (Audience.ADMINS, None), user=user.pk)


def _words(user: User) -> str:
    return (
        f"Somebody tried {settings.SIGN_IN_ATTEMPTS} wrong passwords for your account {user.username} at "
        f"{settings.LIBRARY_NAME}. Signing in to it pauses for a minute, and longer with each further try. "
        "Where you are signed in, you stay so.\n\n"
        "If it was you, wait a little and try again. If it was not, nobody got in by this; a password that you "
        "use nowhere else keeps it so.\n"
    )


def _of_name(what: str, name: str) -> Counter:
    # Upper case as the databases compare names, then `casefold` for what upper case leaves apart.
    folded = normal("NFKC", name).upper().casefold()
    return Counter(what, _hidden(f"{what}, account", folded), settings.SIGN_IN_ATTEMPTS)


def _of_address(what: str, address: str | None) -> list[Counter]:
    if address is None:
        return []
    whose = _hidden(f"{what}, address", _network(address))
    return [Counter(what, whose, settings.SIGN_IN_ATTEMPTS * ADDRESS_FACTOR)]


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a single household has at least that many."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))


def _hidden(kind: str, name: str) -> str:
    return salted_hmac("bookplate.people.attempts", f"{kind}:{name}", algorithm="sha256").hexdigest()
