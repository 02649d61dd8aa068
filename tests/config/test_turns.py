"""The tests' own turns: who measures time does it alone."""

from pathlib import Path
from threading import Thread

from tests.turns import turn


def test_who_wants_to_be_alone_waits_for_the_others_and_they_wait_for_it(tmp_path: Path) -> None:
    been: list[str] = []

    def go(name: str, alone: bool) -> Thread:
        def take() -> None:
            with turn(tmp_path, alone=alone):
                been.append(name)

        thread = Thread(target=take, daemon=True)
        thread.start()
        thread.join(0.1)
        return thread

    with turn(tmp_path):
        go("another", alone=False)
        waiting = go("alone", alone=True)
        assert been == ["another"]
    waiting.join()
    with turn(tmp_path, alone=True):
        waiting = go("late", alone=False)
        assert been == ["another", "alone"]
    waiting.join()
    assert been == ["another", "alone", "late"]
