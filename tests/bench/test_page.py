import json

from bench import page
from tests.servers import ROOT

RESULTS = ROOT / "bench" / "results"


def test_the_page_shows_the_results_that_are_kept() -> None:
    names = ("speed", "attacks", "search", "live", "importing")
    kept = [json.loads((RESULTS / f"{name}.json").read_text()) for name in names]

    shown = (ROOT / "docs" / "performance.md").read_text()

    assert shown == page.page(*kept), "Make docs/performance.md anew: bench/run --page"
    assert "{{" not in shown
