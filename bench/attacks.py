"""`bench/run --attacks`: is the server's memory flat under load, and what do others notice when somebody misuses it?"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from itertools import count
from statistics import quantiles
from typing import Any

from bench import attackers, memory
from bench.contenders import ITSELF
from bench.load import load
from bench.measure import deep_cursor
from bench.options import MAIN_SIZE, Options
from bench.say import say
from bench.serving import ContenderServer
from bench.stores import Library, Shelf
from bench.workloads import API, OWN, Facts, asked

ATTACKED = replace(ITSELF, environment={"DJANGO_SETTINGS_MODULE": "bench.contenders.attacked_settings"})
SCENARIOS: dict[str, tuple[str, attackers.Attack]] = {
    "nobody": ("nothing else", attackers.nobody),
    "hung-readers": ("clients that do not read", attackers.hung_readers),
    "upload": ("two uploads of 1 GB", attackers.upload),
    "slow-clients": ("slow clients", attackers.slow_clients),
    "sleepers": ("a slow view", attackers.sleepers),
    "breakers": ("exceptions", attackers.breakers),
}
SECONDS = 20.0
SLICE = 5
SAMPLES = 10
# What the others do meanwhile: a list and a book in turn, at a pace that leaves the server room.
OTHERS, PAUSE = 4, 0.05


def run(options: Options, shelf: Shelf) -> dict[str, Any]:
    library = shelf.library("sqlite", MAIN_SIZE if MAIN_SIZE in options.sizes else options.sizes[0])
    seconds = min(SECONDS, options.minutes * 60)
    scenarios = [_attacked(name, library, seconds) for name in SCENARIOS]
    return {"size": library.size, "scenarios": scenarios, **_memory(library, options)}


def _attacked(name: str, library: Library, seconds: float) -> dict[str, Any]:
    title, attack = SCENARIOS[name]
    say(f"{title} …")
    # The attackers in a process of their own, lest they slow the others' clock.
    with ContenderServer(ATTACKED, library, 1) as server, ProcessPoolExecutor(1) as pool, _others(server) as others:
        time.sleep(1)
        before = memory.resident(server.pid)
        others.clear()
        outcome = pool.submit(attack, server.port, seconds)
        most = before
        while not outcome.done():
            most = max(most, memory.resident(server.pid))
            time.sleep(0.25)
        told = {**others.figures(), "mb_before": before, "mb_most": most, "outcome": outcome.result()}
    say(f"  p99 of the others {told['p99']:.0f} ms, most memory {most:.0f} MB; {told['outcome']}")
    return {"name": name, "title": title, **told}


@dataclass
class Others:
    """Readers who have nothing to do with it."""

    port: int
    times: list[float] = field(default_factory=list)
    errors: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def clear(self) -> None:
        self.times, self.errors = [], 0

    def read(self) -> None:
        for number in count(1):
            if self.over.is_set():
                return
            self._ask(f"/api/books/{number % 1000 + 1}/" if number % 2 else "/api/books/?limit=20")
            time.sleep(PAUSE)

    def _ask(self, path: str) -> None:
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            self.errors += answer.status != 200
        except (OSError, HTTPException):
            self.errors += 1
        finally:
            connection.close()
        self.times.append((time.monotonic() - began) * 1000)

    def figures(self) -> dict[str, float]:
        times = quantiles(self.times, n=100) if len(self.times) > 1 else [float("nan")] * 99
        return {"answers": len(self.times), "errors": self.errors, "p50": times[49], "p99": times[98]}


@contextmanager
def _others(server: ContenderServer) -> Iterator[Others]:
    others = Others(server.port)
    threads = [threading.Thread(target=others.read, daemon=True) for _ in range(OTHERS)]
    for thread in threads:
        thread.start()
    try:
        yield others
    finally:
        others.over.set()
        for thread in threads:
            thread.join()


def _memory(library: Library, options: Options) -> dict[str, Any]:
    """Under all the load there can be, of different kinds in turn."""
    say(f"memory under load, {options.minutes:g} minutes …")
    every = max(options.minutes * 60 / SAMPLES, 1)
    with ContenderServer(ITSELF, library, 1) as server:
        samples = [{"seconds": 0.0, "megabytes": memory.resident(server.pid)}]
        while len(samples) <= SAMPLES:
            _load_for(every, server, library, options)
            samples.append({"seconds": every * len(samples), "megabytes": memory.resident(server.pid)})
            say(f"  after {samples[-1]['seconds']:.0f} s: {samples[-1]['megabytes']:.0f} MB")
    return {"memory_every": round(every), "memory": samples}


def _load_for(seconds: float, server: ContenderServer, library: Library, options: Options) -> None:
    facts = Facts(library.size, deep_cursor(library))
    kinds = [one for one in [*API, *OWN] if not one.signed_in and not one.sent and not one.connections]
    deadline = time.monotonic() + seconds
    for number in count():
        if (left := deadline - time.monotonic()) < 1:
            return
        request = asked(kinds[number % len(kinds)], ITSELF, facts)
        how = {"connections": options.connections, "seconds": min(SLICE, int(left))}
        load(server.address, request, greatest=library.size, **how)
