"""What the search index costs besides: time to make it anew, room, and time to bring books in."""

import json
import subprocess
import sys
from typing import Any

from bench.options import Options
from bench.say import Problem, say
from bench.stores import Library, Shelf
from tests.servers import ROOT


def measured(shelf: Shelf, options: Options) -> list[dict[str, Any]]:
    """A row for each library; the import is measured into an empty one, beside the smallest."""
    rows = []
    for store in options.stores:
        for size in options.sizes:
            library = shelf.library(store, size)
            row = _asked(library, "index", options.rounds)
            if size == options.sizes[0]:
                row |= _asked(shelf.empty(store), "import", options.rounds)
            say(f"{store} {size:,} · the index: {row}")
            rows.append({"store": store, "size": size, **row})
    return rows


def _asked(library: Library, what: str, rounds: int) -> dict[str, Any]:
    """In a process of its own, because settings are read once, from the environment."""
    command = [sys.executable, "-m", "bench.index_costs", what, str(rounds)]
    told = subprocess.run(command, cwd=ROOT, env=library.environment(), capture_output=True, text=True, check=False)
    if told.returncode:
        raise Problem(f"What the index costs could not be measured:\n{told.stderr}")
    row: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return row
