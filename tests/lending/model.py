"""What lending should do, told once more and as shortly as possible: each act does it, and says whether it may be."""

from dataclasses import dataclass


@dataclass
class Hold:
    wanted: str | None  # the only copy that will do, if it must be that one
    kept: str | None = None  # the copy that is set aside for it


class Library:
    """Copies stand in the line of their book; one that is somebody's own in a line of its own, named as itself."""

    def __init__(self, lines: dict[str, str], limit: int, renewals: int) -> None:
        self.lines, self.limit, self.most = lines, limit, renewals
        self.loans: dict[str, tuple[str, int]] = {}  # whose, and how often it was renewed
        self.lost: set[str] = set()
        self.holds: dict[tuple[str, str], Hold] = {}  # by card and line, as they came

    def state(self, copy: str) -> str:
        here = "held" if self.kept_for(copy) else "in"
        return "lost" if copy in self.lost else "on_loan" if copy in self.loans else here

    def kept_for(self, copy: str) -> str | None:
        return next((card for (card, _), hold in self.holds.items() if hold.kept == copy), None)

    def waiting(self, line: str, copy: str | None = None) -> list[str]:
        """Cards in their order; of those for whom `copy` would do, where it is named."""
        here = [(card, hold) for (card, its), hold in self.holds.items() if its == line and not hold.kept]
        return [card for card, hold in here if copy is None or hold.wanted in (None, copy)]

    def queue(self) -> dict[tuple[str, str], tuple[str | None, int | None]]:  # its copy, its place
        places = {(card, its): n for its in self.lines.values() for n, card in enumerate(self.waiting(its), 1)}
        return {key: (hold.kept or hold.wanted, places.get(key)) for key, hold in self.holds.items()}

    def lend(self, card: str, copy: str) -> bool:
        free = self.state(copy) == "in" or self.kept_for(copy) == card
        may = free and [holder for holder, _ in self.loans.values()].count(card) < self.limit
        if may:
            if self.kept_for(copy) == card or card in self.waiting(self.lines[copy], copy):
                del self.holds[card, self.lines[copy]]
            self.loans[copy] = card, 0
        return may

    def give_back(self, copy: str) -> bool:
        out = self.loans.pop(copy, None)
        if out:
            self.set_aside(copy)
        return out is not None

    def set_aside(self, copy: str) -> bool:
        """For the first in line; of what is somebody's own, its owner says for whom."""
        line = self.waiting(self.lines[copy], copy)
        may = line != [] and self.state(copy) == "in" and self.lines[copy] != copy
        if may:
            self.holds[line[0], self.lines[copy]].kept = copy
        return may

    def renew(self, copy: str) -> bool:
        card, renewed = self.loans.get(copy, ("", self.most))
        spare = [one for one, line in self.lines.items() if line == self.lines[copy] and self.state(one) == "in"]
        others = [one for one in self.waiting(self.lines[copy], copy) if one != card]
        wanted = [one for one in others if self.holds[one, self.lines[copy]].wanted or not spare]
        may = renewed < self.most and not wanted
        if may:
            self.loans[copy] = card, renewed + 1
        return may

    def hold(self, card: str, line: str, wanted: str | None = None) -> bool:
        same = [copy for copy, its in self.lines.items() if its == line]
        has = [copy for copy in same if self.loans.get(copy, ("",))[0] == card and line != copy]
        there = [copy for copy in same if copy not in self.lost and wanted in (None, copy)]
        may = bool(there) and not has and (card, line) not in self.holds
        if may:
            self.holds[card, line] = Hold(wanted)
        return may

    def leave(self, card: str, line: str) -> bool:  # cancelled, expired or refused
        hold = self.holds.pop((card, line), None)
        if hold and hold.kept:
            self.set_aside(hold.kept)
        return hold is not None

    def lose(self, copy: str) -> None:
        self.loans.pop(copy, None)
        for hold in self.holds.values():
            hold.kept = None if hold.kept == copy else hold.kept
        self.lost.add(copy)

    def find(self, copy: str) -> None:
        if copy in self.lost:
            self.lost.remove(copy)
            self.set_aside(copy)

    def accept(self, card: str, copy: str) -> bool:
        may = card in self.waiting(copy) and self.state(copy) == "in"
        if may:
            self.holds[card, copy].kept = copy
        return may
