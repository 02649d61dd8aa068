"""The policy as it is kept: read by every verb of lending, changed by librarians; each change is told."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from bookplate.core import events
from bookplate.core.events import Note
from bookplate.core.models import Audience, changed
from bookplate.lending.models import GroupTerms, Policy
from bookplate.lending.models.policy import ONLY
from bookplate.people.models import Group
from bookplate.people.statements import Prepared

_CURRENT = Prepared(lambda: Policy.objects.filter(pk=ONLY))
TERMS = ["loan_days", "short_days", "loans_at_once", "renewals"]


def current() -> Policy:
    """Read anew each time, so that what a librarian changes holds in every process at once."""
    return _CURRENT.first() or Policy.first()


def locked() -> Policy:
    """The row, made if need be, locked until the transaction ends."""
    first = {field.name: getattr(Policy.first(), field.name) for field in Policy._meta.fields}
    Policy.objects.get_or_create(pk=ONLY, defaults=first)
    return Policy.objects.select_for_update().get(pk=ONLY)


@transaction.atomic
def change(groups: Iterable[Mapping[str, Any]] | None = None, **values: Any) -> Policy:
    """Set these values; and, where `groups` are given (`group` and the names in `TERMS`), those terms and no others."""
    before = locked()
    after = changed(before, values)
    told = _differences("", before, after, values)
    if groups is not None:
        told += _replace_terms(groups)
    _record(told)
    return after


@transaction.atomic
def change_group(group: Group, **values: int | None) -> None:
    """Set the terms of one group; without any value its people are as everybody."""
    locked()
    _record(_set_terms(group, values))


def _replace_terms(groups: Iterable[Mapping[str, Any]]) -> list[str]:
    wanted = {row["group"]: {name: row.get(name) for name in TERMS} for row in groups}
    for terms in GroupTerms.objects.select_related("group"):
        wanted.setdefault(terms.group, {})
    return [words for group, values in wanted.items() for words in _set_terms(group, values)]


def _set_terms(group: Group, values: Mapping[str, int | None]) -> list[str]:
    before = GroupTerms.objects.filter(group=group).first() or GroupTerms(group=group)
    after = GroupTerms(group=group, **values)
    if any(value is not None for value in values.values()):
        after.save()
    else:
        GroupTerms.objects.filter(group=group).delete()
    return _differences(f"{group}: ", before, after, TERMS)


def _differences(whose: str, before: Any, after: Any, names: Iterable[str]) -> list[str]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return [f"{whose}{words}" for name, old, new in pairs if old != new for words in _words(name, old, new)]


def _words(name: str, old: Any, new: Any) -> list[str]:
    """Of a list what came and what went."""
    if isinstance(new, list):
        came, went = sorted(set(new) - set(old)), sorted(set(old) - set(new))
        return [f"{name} + {day}" for day in came] + [f"{name} - {day}" for day in went]
    return [f"{name} {_shown(old)} → {_shown(new)}"]


def _shown(value: Any) -> str:
    return "as usual" if value is None else "none" if value == "" else str(value)


def _record(told: list[str]) -> None:
    """A line for each value: the audit's notes are short."""
    events.record_all([Note("policy.changed", (Audience.STAFF, None), note=words) for words in told])
