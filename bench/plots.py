"""The plots of docs/performance.md, as SVG; the same results give the same files."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from bench import page_live
from bench.figures import Raw, Run
from bench.page import TITLES
from bench.tables import STORES
from bench.workloads import SERVING

OURS, THEIRS = "#7a3b2e", "#9aa3ad"
SHOWN = {"list": "100 books", "one": "one book", "next": "next 100, half-way"}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bookplate",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(results: Raw, folder: Path) -> None:
    run = Run(results)
    with mpl.rc_context(STYLE):
        for store in run.stores:
            _save(_speed(run, store), folder / f"speed-{store}.svg")
            _save(_servers(run, store), folder / f"servers-{store}.svg")
            if len(run.sizes) > 1:
                _save(_growth(run, store), folder / f"growth-{store}.svg")


def draw_live(found: Raw, folder: Path) -> None:
    with mpl.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(10, 1.8))
        values = {name: found[name]["p99"] for name in page_live.TITLES}
        _bars(axis, values, {name: title.strip("*").replace("`", "") for name, title in page_live.TITLES.items()})
        axis.set_xscale("log")
        axis.set_title("One event to 5,000 sockets: ms until 99 of 100 have it")
        _save(figure, folder / "live.svg")


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)


def _speed(run: Run, store: str) -> Any:
    figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
    for axis, workload in zip(axes, ("list", "one"), strict=True):
        where = {"set": "api", "store": store, "size": run.main_size, "workload": workload}
        _bars(axis, {c: run.reading("per_second", contender=c, **where) or 0 for c in run.contenders()})
        axis.set_title(f"{SHOWN[workload]}, answers a second")
    figure.suptitle(f"{STORES[store]}, {run.main_size:,} books")
    figure.tight_layout()
    return figure


def _servers(run: Run, store: str) -> Any:
    figure, axes = plt.subplots(1, len(SERVING), figsize=(10, 3), sharey=True)
    for axis, workload in zip(axes, SERVING, strict=True):
        where = {"set": "servers", "store": store, "workload": workload.name}
        _bars(axis, {c: run.reading("per_second", contender=c, **where) or 0 for c in run.contenders("servers")})
        axis.set_title(f"{workload.title}, answers a second")
    figure.suptitle(f"Bookplate's own views on {STORES[store]}, served in different ways")
    figure.tight_layout()
    return figure


def _bars(axis: Any, values: dict[str, float], titles: dict[str, str] = TITLES) -> None:
    names = list(reversed(values))
    colours = [OURS if name == "bookplate" else THEIRS for name in names]
    bars = axis.barh([titles[name] for name in names], [values[name] for name in names], color=colours)
    axis.bar_label(bars, fmt="{:,.0f}", padding=3)
    axis.margins(x=0.15)


def _growth(run: Run, store: str) -> Any:
    figure, axes = plt.subplots(1, len(SHOWN), figsize=(10, 3.2), sharey=True)
    for axis, (workload, title) in zip(axes, SHOWN.items(), strict=True):
        for contender in run.contenders():
            _line(axis, run, {"set": "api", "store": store, "workload": workload, "contender": contender})
        axis.set(title=title, xscale="log", yscale="log", xlabel="books")
    axes[0].set_ylabel("median ms")
    figure.suptitle(f"{STORES[store]}: how answers grow with the library")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncols=3, bbox_to_anchor=(0.5, -0.16))
    figure.tight_layout()
    return figure


def _line(axis: Any, run: Run, where: dict[str, Any]) -> None:
    ours = where["contender"] == "bookplate"
    values = [run.reading("p50", size=size, **where) or float("nan") for size in run.sizes]
    style = {"color": OURS, "linewidth": 2.5} if ours else {}
    axis.plot(run.sizes, values, marker="o", label=TITLES[where["contender"]], **style)
