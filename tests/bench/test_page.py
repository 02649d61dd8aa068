import json

from bench import page
from tests.servers import ROOT

RESULTS = ROOT / "bench" / "results"


def test_the_page_shows_the_results_that_are_kept() -> None:
    kept = [json.loads((RESULTS / f"{name}.json").read_text()) for name in ("speed", "attacks", "search", "live")]

    shown = (ROOT / "docs" / "performance.md").read_text()

    assert shown == page.page(*kept), "Make docs/performance.md anew: bench/run --page"
    assert "{{" not in shown
