"""What a server and its children hold in memory, from /proc."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MB = 1_000_000


def family(pid: int) -> list[int]:
    """The process with all that came from it."""
    children: dict[int, list[int]] = {}
    for one, parent in _parents():
        children.setdefault(parent, []).append(one)
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def _parents() -> Sequence[tuple[int, int]]:
    pairs = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name of the program stands in brackets and may hold anything.
                rest = (folder / "stat").read_text().rpartition(")")[2].split()
                pairs.append((int(folder.name), int(rest[1])))
    return pairs


def resident(pid: int) -> float:
    """Megabytes of the largest process of the family; shared libraries count in full, as in `top`."""
    return max((_figure(f"/proc/{member}/status", "VmRSS") for member in family(pid)), default=0)


def together(pid: int) -> float:
    """Megabytes of the whole family; what several share counts once."""
    return sum(_figure(f"/proc/{member}/smaps_rollup", "Pss") for member in family(pid))


def _figure(path: str, name: str) -> float:
    with suppress(OSError):
        if found := re.search(rf"^{name}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE):
            return int(found[1]) * 1024 / MB
    return 0.0
