"""Lending, over HTTP, in process and bare, in turns on one library; what is lent is taken back."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench import bare, desks
from bench.contenders import ITSELF
from bench.desks import Door, Pair
from bench.load import Reading
from bench.options import MAIN_SIZE, Options
from bench.people import DESK
from bench.say import Problem, say
from bench.serving import ContenderServer
from bench.stores import Library, Shelf
from tests.servers import ROOT

NAME, BARE, ENGINE = "lending", "bare", "engine"
PAIRS = 400
# As many as pgbench has; on SQLite the bare one and the engine are alone, for a second would only wait for the first.
CLIENTS = bare.CLIENTS
WARM_UP = 0.5


def wanted(options: Options) -> bool:
    return not options.contenders and (not options.workloads or NAME in options.workloads)


def measure(options: Options, shelf: Shelf) -> list[dict[str, Any]]:
    """A reading for each thing asked in each round."""
    return [row for store in options.stores for size in options.sizes for row in _rounds(options, shelf, store, size)]


def _rounds(options: Options, shelf: Shelf, store: str, size: int) -> list[dict[str, Any]]:
    library = shelf.library(store, size)
    pairs, said = _lendable(library)
    whole = size == MAIN_SIZE or len(options.sizes) == 1
    rows = []
    for number in range(1, options.rounds + 1):
        where = {"set": NAME, "store": store, "size": size, "round": number}
        for contender, workload, clients, reading in _round(library, pairs, said, options.seconds, whole):
            rows.append(
                {**where, "contender": contender, "workload": workload, "connections": clients, **asdict(reading)}
            )
            say(f"{store} {size:,} · {contender} · {workload}: {reading.per_second:,.0f}/s, p50 {reading.p50:.1f} ms")
    return rows


Told = tuple[str, str, int, Reading]


def _round(library: Library, pairs: Sequence[Pair], said: bare.Said, seconds: int, whole: bool) -> list[Told]:
    told: list[Told] = []
    if whole:
        commits = Reading(_bare(library, pairs, said, seconds), 0, 0, 0, broken=0)
        alone_on_sqlite = CLIENTS if library.postgres_url else 1
        told.append((BARE, NAME, alone_on_sqlite, commits))
        told.append((ENGINE, NAME, alone_on_sqlite, _engine(library, pairs, alone_on_sqlite, seconds)))
    with ContenderServer(ITSELF, library, 1) as server:
        api = Door(server.port, desks.token_headers(server.token(DESK)), desks.over_the_api)
        desks.work(api, pairs, CLIENTS, WARM_UP)
        if whole:
            told.append(("bookplate", NAME, CLIENTS, desks.work(api, pairs, CLIENTS, seconds)[NAME]))
            page = Door(server.port, desks.page_headers(server.address), desks.on_the_page)
            told.append(("bookplate", "desk-page", 1, desks.work(page, pairs, 1, seconds)["desk-page"]))
        alone = desks.work(api, pairs, 1, seconds)
        told += [("bookplate", f"{what}-alone", 1, alone[what]) for what in ("checkout", "return")]
    return told


def _bare(library: Library, pairs: Sequence[Pair], said: bare.Said, seconds: int) -> float:
    if library.postgres_url:
        return bare.pgbench_commits(library.postgres_url, said, pairs, seconds)
    return bare.sqlite_commits(library.data / "bookplate.sqlite3", said, pairs, seconds)


def _engine(library: Library, pairs: Sequence[Pair], clients: int, seconds: int) -> Reading:
    """Bookplate's own functions, called by so many processes at once."""
    team = [EngineProcess(library, pairs[place::clients], seconds) for place in range(clients)]
    for one in team:
        one.wait_until_warm()
    for one in team:
        one.tell("go")
    told = [one.result() for one in team]
    return desks.reading([time for times, _ in told for time in times], max(took for _, took in told))


class EngineProcess:
    def __init__(self, library: Library, pairs: Sequence[Pair], seconds: int) -> None:
        command = [sys.executable, "-m", "bench.engine", str(seconds)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=library.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.tell(json.dumps([asdict(pair) for pair in pairs]))

    def tell(self, line: str) -> None:
        assert self._process.stdin  # noqa: S101  (asked for above)
        print(line, file=self._process.stdin, flush=True)

    def wait_until_warm(self) -> None:
        assert self._process.stdout  # noqa: S101
        if not self._process.stdout.readline():
            raise Problem("The engine did not begin; its own words are above.")

    def result(self) -> tuple[list[float], float]:
        """The time of each call, and how long all of them took."""
        text = self._process.communicate()[0]
        if self._process.returncode:
            raise Problem("The engine did not get through; its own words are above.")
        times, took = json.loads(text)
        return times, took


def _lendable(library: Library) -> tuple[list[Pair], bare.Said]:
    command = [sys.executable, "-m", "bench.lendable", str(PAIRS)]
    told = subprocess.run(command, cwd=ROOT, env=library.environment(), capture_output=True, text=True, check=False)
    if told.returncode:
        raise Problem(f"Nothing was found to lend:\n{told.stderr}")
    found = json.loads(told.stdout)
    return [Pair(**one) for one in found["pairs"]], found["statements"]
