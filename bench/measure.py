"""The rounds: each contender is started, asked everything and stopped, then the next; so noise hits all alike."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote_plus

from bench import lending, queries
from bench.agreement import Agreement
from bench.contenders import CALIBRE_WEB, CONTENDERS, SEARCHERS, SERVERS, Contender
from bench.load import Reading, load
from bench.options import MAIN_SIZE, Options
from bench.say import Problem, say
from bench.serving import ContenderServer
from bench.stores import Library, Shelf
from bench.workloads import API, OWN, SEARCH, SERVING, Asked, Facts, Workload, asked
from tests.servers import ROOT

# Compiles, connects and fills caches before the clock runs.
WARM_UP = 10
# Bookplate's worker starts beside the server and takes a core for a second or two: what comes first would be measured
# beside it. Every contender is left alone for as long.
SETTLING_SECONDS = 3.0


@dataclass(frozen=True)
class Set:
    """Contenders and workloads that belong together."""

    name: str
    store: str
    size: int
    contenders: Sequence[Contender]
    workloads: Sequence[Workload]
    compared: bool = True

    def asked_of(self, contender: Contender) -> list[Workload]:
        return [one for one in self.workloads if contender.is_bookplate or not one.bookplate_only]


@dataclass
class Record:
    """All that was read, as it goes into the file."""

    readings: list[dict[str, Any]] = field(default_factory=list)
    starts: list[dict[str, Any]] = field(default_factory=list)


def planned(options: Options) -> list[Set]:
    chosen = [_chosen(one, options) for one in (_finding(options) if options.search else _serving(options))]
    wanted = [one for one in chosen if one.contenders and one.workloads]
    if not wanted and not lending.wanted(options):
        raise Problem("Nothing to measure: see --help for contenders and workloads. " + _known())
    return wanted


def _serving(options: Options) -> list[Set]:
    places = [(store, size) for store in options.stores for size in options.sizes]
    sets = [Set("api", store, size, CONTENDERS, _workloads(options, size)) for store, size in places]
    largest_first = sorted(options.sizes, key=lambda size: (size != MAIN_SIZE, size))
    return sets + [
        Set("servers", store, largest_first[0], SERVERS, SERVING, compared=False) for store in options.stores
    ]


def _finding(options: Options) -> list[Set]:
    """What they find is not compared: Calibre-Web takes two words for one phrase."""
    places = [(store, size) for store in options.stores for size in options.sizes]
    return [Set("search", store, size, SEARCHERS, SEARCH, compared=False) for store, size in places]


def _workloads(options: Options, size: int) -> list[Workload]:
    """How answers grow with the library is told by fewer of them."""
    all_of_them = size == MAIN_SIZE or len(options.sizes) == 1
    return [one for one in [*API, *OWN] if all_of_them or one.at_every_size]


def _chosen(one: Set, options: Options) -> Set:
    able = [c for c in one.contenders if c.most_books >= one.size]
    contenders = [c for c in able if c.name in options.contenders or not options.contenders]
    workloads = [w for w in one.workloads if w.name in options.workloads or not options.workloads]
    return Set(one.name, one.store, one.size, contenders, workloads, one.compared)


def _known() -> str:
    contenders = dict.fromkeys(one.name for one in [*CONTENDERS, *SERVERS, *SEARCHERS])
    workloads = dict.fromkeys([*(one.name for one in [*API, *OWN, *SERVING, *SEARCH]), lending.NAME])
    return f"Contenders: {', '.join(contenders)}. Workloads: {', '.join(workloads)}."


class Measurement:
    def __init__(self, options: Options, shelf: Shelf) -> None:
        self.options, self.shelf, self.record = options, shelf, Record()

    def run(self, sets: Sequence[Set]) -> Record:
        for one in sets:  # before the clock runs
            self.shelf.library(one.store, one.size)
            if CALIBRE_WEB in one.contenders:
                self.shelf.calibre(one.size)
        self._to_come = sum(len(one.asked_of(c)) for one in sets for c in one.contenders) * self.options.rounds
        self._done, self._began = 0, time.monotonic()
        for one in sets:
            self._run(one)
        return self.record

    def _run(self, one: Set) -> None:
        library = self.shelf.library(one.store, one.size)
        facts, agreement = Facts(one.size, deep_cursor(library)), Agreement()
        for number in range(1, self.options.rounds + 1):
            for contender in one.contenders:
                with ContenderServer(contender, library, self.options.processes) as server:
                    if one.compared and number == 1:
                        agreement.check(server, facts)
                    self._ask_everything(one, server, facts, number)

    def _ask_everything(self, one: Set, server: ContenderServer, facts: Facts, number: int) -> None:
        where = {"set": one.name, "store": one.store, "size": one.size, "contender": server.contender.name}
        where["round"] = number
        workloads, at_start = one.asked_of(server.contender), server.memory()
        time.sleep(SETTLING_SECONDS)
        if any(workload.signed_in for workload in workloads):
            facts = Facts(facts.size, facts.cursor, server.token())
        memory = at_start
        for workload in workloads:
            self._ask(server, workload, facts, where)
            if not workload.sent:  # each sign-in takes 100 MB while it lasts, which Argon2 is meant to
                memory = server.memory()
        loaded = {f"{name}_loaded": value for name, value in memory.items()}
        signing_in = {"process_mb_signing_in": server.memory()["process_mb"]}
        self.record.starts.append({**where, "seconds": server.start_seconds, **at_start, **loaded, **signing_in})

    def _ask(self, server: ContenderServer, workload: Workload, facts: Facts, where: dict[str, Any]) -> None:
        request = asked(workload, server.contender, facts)
        _warm_up(server, workload, request)
        connections = workload.connections or self.options.connections
        seconds = self.options.seconds * workload.times * server.contender.patience
        how = {"connections": connections, "seconds": seconds}
        reading = load(server.address, request, greatest=facts.size, **how)
        self._done += 1
        if reading:
            row = {**where, "workload": workload.name, "connections": connections, **asdict(reading)}
            self.record.readings.append(row)
        self._tell(f"{where['store']} {where['size']:,} · {server.contender.name} · {workload.title}", reading)

    def _tell(self, what: str, reading: Reading | None) -> None:
        left = (time.monotonic() - self._began) / self._done * (self._to_come - self._done) / 60
        told = f"{reading.per_second:,.0f}/s, p99 {reading.p99:.1f} ms" if reading else "no answer in that time"
        say(f"[{left:4.1f} min left] {what}: {told}")


def _warm_up(server: ContenderServer, workload: Workload, request: Asked) -> None:
    """With questions that the clock does not ask first."""
    if request.method != "GET":
        return
    words = list(reversed(queries.made(workload.queries))) if workload.queries else [""]
    for number in range(max(1, WARM_UP // server.contender.patience)):
        word = quote_plus(words[number % len(words)])
        server.get(request.path.replace("{id}", str(number + 1)).replace("{query}", word))


def deep_cursor(library: Library) -> str:
    """Bookplate's cursor of the page that begins half-way; asked of its own paging, for walking there takes long."""
    command = [sys.executable, "-m", "bench.deep_page", str(library.size // 2)]
    told = subprocess.run(command, cwd=ROOT, env=library.environment(), capture_output=True, text=True, check=False)
    if told.returncode:
        raise Problem(f"Bookplate told no cursor:\n{told.stderr}")
    return told.stdout
