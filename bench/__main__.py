"""`bench/run` after its environment is there."""

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import attacks, lending, machine, page, plots, upkeep
from bench.measure import Measurement, planned
from bench.options import Options, read
from bench.say import Problem, say
from bench.stores import shelf
from tests.servers import ROOT, ServerStartError

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
PAGE_HAS = ("speed", "attacks", "search", "live", "importing")


def main() -> None:
    options = read(sys.argv[1:])
    # As Ctrl-C does: every `with` still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if not options.page:
            _measure(options)
        if options.publish or options.page:
            publish()
    except (Problem, ServerStartError) as problem:
        sys.exit(f"bench/run: {problem}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _measure(options: Options) -> None:
    if options.publish and not options.attacks and not options.is_whole:
        say("The page will have gaps: this run leaves out some of what it shows.")
    name = "attacks" if options.attacks else "search" if options.search else "speed"
    results = RUNS[name](options)
    path = _keep(results, RESULTS / "local" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{name}.json")
    say("\n" + TEXTS[name](results))
    say(f"\nKept in {path.relative_to(ROOT)}.")
    if options.publish:
        _keep(results, RESULTS / f"{name}.json")


def _speed(options: Options) -> dict[str, Any]:
    sets = planned(options)
    before = _about(options)
    with shelf(options.stores) as libraries:
        record = Measurement(options, libraries).run(sets)
        lent = lending.measure(options, libraries) if lending.wanted(options) else []
    return {**before, "readings": record.readings + lent, "starts": record.starts}


def _attacks(options: Options) -> dict[str, Any]:
    before = _about(options)
    with shelf(["sqlite"]) as libraries:
        return {**before, **attacks.run(options, libraries)}


def _search(options: Options) -> dict[str, Any]:
    sets = planned(options)
    before = _about(options)
    with shelf(options.stores) as libraries:
        record = Measurement(options, libraries).run(sets)
        kept_up = upkeep.measured(libraries, options)
    return {**before, "readings": record.readings, "starts": record.starts, "upkeep": kept_up}


def _about(options: Options) -> dict[str, Any]:
    chosen = {name: getattr(options, name) for name in ("rounds", "seconds", "connections", "processes", "sizes")}
    if (load := machine.busy()) > 1:
        say(f"Other work goes on here (load {load:.1f}): good for a try, not for figures that are to be believed.")
    return {**machine.described(), "load_before": machine.busy(), "options": chosen}


RUNS = {"speed": _speed, "search": _search, "attacks": _attacks}
TEXTS = {"speed": page.speed_text, "search": page.search_text, "attacks": page.attacks_text}


def _keep(results: dict[str, Any], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = (f"{json.dumps(name)}: {_written(value)}" for name, value in results.items())
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    return path


def _written(value: Any) -> str:
    """A line for each reading, so that a person can look through them."""
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "[\n " + ",\n ".join(json.dumps(_rounded(one), ensure_ascii=False) for one in value) + "\n]"


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}


def publish() -> None:
    """docs/performance.md and its plots, from the results that are kept with the code."""
    found = [json.loads((RESULTS / f"{name}.json").read_text()) for name in PAGE_HAS]
    speed, _, _, live, _ = found
    plots.draw(speed, RESULTS)
    plots.draw_live(live, RESULTS)
    PAGE.write_text(page.page(*found))
    say(f"{PAGE.relative_to(ROOT)} is made anew.")


if __name__ == "__main__":
    main()
