"""Load by wrk, which costs little beside what it measures."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.say import Problem
from bench.workloads import Asked

SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True)
class Reading:
    """Times in milliseconds."""

    per_second: float
    p50: float
    p90: float
    p99: float
    broken: int
    p95: float = 0.0


def load(address: str, asked: Asked, *, greatest: int, connections: int, seconds: int) -> Reading | None:
    """Ask as fast as answers come, on `connections` at once; raises `Problem` when one is an error.

    Nothing when no answer came in that time.
    """
    headers = [part for name, value in asked.headers.items() for part in (name, value)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT), address]
    arguments = ["--", asked.path, str(greatest), asked.queries, asked.method, asked.body, *headers]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode or not done.stdout.strip():
        raise Problem(f"wrk failed on {asked.path}:\n{done.stdout}{done.stderr}")
    return _reading(json.loads(done.stdout.strip().splitlines()[-1]), asked)


def _reading(told: dict[str, float], asked: Asked) -> Reading | None:
    if not told["requests"]:
        return None
    if told["refused"]:
        raise Problem(f"{told['refused']:.0f} of {told['requests']:.0f} answers to {asked.path} were errors.")
    times = {name: told[name] / 1000 for name in ("p50", "p90", "p95", "p99")}
    return Reading(told["requests"] / told["microseconds"] * 1e6, broken=int(told["broken"]), **times)
