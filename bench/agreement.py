"""Before anything is measured: all contenders answer the same, in meaning."""

from typing import Any

from bench.say import Problem
from bench.serving import ContenderServer
from bench.workloads import API, Asked, Facts, asked


class Agreement:
    """What the first contender answered; the others have to say the same."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, Any]] = {}

    def check(self, server: ContenderServer, facts: Facts) -> None:
        for workload in API:
            request = asked(workload, server.contender, facts)
            answer = _rows(server.json(_with_number(request, facts)))
            said_by, said = self._answers.setdefault(workload.name, (server.contender.title, answer))
            if answer != said:
                raise Problem(_difference(f"{said_by} and {server.contender.title}", request.path, said, answer))


def _with_number(request: Asked, facts: Facts) -> str:
    return request.path.replace("{id}", str(facts.size // 3))


def _rows(answer: Any) -> Any:
    """REST framework wraps a page."""
    return answer["results"] if isinstance(answer, dict) and "results" in answer else answer


def _difference(who: str, path: str, one: Any, other: Any) -> str:
    pairs = zip(one, other, strict=False) if isinstance(one, list) and isinstance(other, list) else [(one, other)]
    first = next(((a, b) for a, b in pairs if a != b), (len(one), len(other)))
    return f"{who} answer {path} differently: {first[0]!r} and {first[1]!r}."
