"""`python -m bench.engine SECONDS`: lend and take back in this very process, as often as it gets to in that time.

It is told the pairs in one line, says when it is warm, begins at the next line, and tells what each call took.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from bench.desks import Pair  # noqa: E402
from bench.people import DESK  # noqa: E402
from bookplate.catalog.models import Copy  # noqa: E402
from bookplate.lending import checkout  # noqa: E402
from bookplate.people.models import Member, User  # noqa: E402

WARM_UP = 0.5


def work(pairs: Sequence[Pair], seconds: float) -> tuple[list[float], float]:
    """The time of each call, and how long all of them took."""
    desk = User.objects.get(username=DESK)
    known = [(Copy.objects.get(pk=pair.copy), Member.objects.get(pk=pair.member)) for pair in pairs]
    times: list[float] = []
    began = last = time.perf_counter()
    for copy, member in _again_and_again(known):
        loan = checkout.check_out(copy, member, by=desk)
        lent = time.perf_counter()
        checkout.give_back(loan)
        back = time.perf_counter()
        times += [lent - last, back - lent]
        if back - began > seconds:
            break
        last = back
    return times, time.perf_counter() - began


def _again_and_again(known: Sequence[tuple[Copy, Member]]) -> Iterator[tuple[Copy, Member]]:
    while True:
        yield from known


if __name__ == "__main__":
    told = [Pair(**one) for one in json.loads(sys.stdin.readline())]
    work(told, WARM_UP)
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    sys.stdin.readline()
    json.dump(work(told, float(sys.argv[1])), sys.stdout)
