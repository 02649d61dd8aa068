"""docs/performance.md out of the results: `bench/performance.md` with its `{{names}}` replaced by tables."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench import page_importing, page_live, page_search
from bench.contenders import CONTENDERS, SERVERS
from bench.figures import Raw, Run
from bench.tables import STORES, by_store, number, table, targets
from bench.targets import TARGETS
from bench.workloads import API, OWN, SERVING

TEMPLATE = Path(__file__).with_name("performance.md")
TITLES = {one.name: one.title for one in [*SERVERS, *CONTENDERS]}
DISTURBED = "The machine did other work meanwhile. These figures say how this page is made, and little about speed."
GROWING = [one for one in API if one.at_every_size]


def page(speed: Raw, ill_use: Raw, finding: Raw, live: Raw, importing: Raw) -> str:
    run = Run(speed)
    parts = {
        "about": about(speed),
        "targets": targets(run, TARGETS),
        "speed": by_store(run, compared),
        "speed_plots": plots(run, "speed", "100 books and one book"),
        "growth_plots": plots(run, "growth", "How answers grow with the library"),
        "servers_plots": plots(run, "servers", "Ways to serve Django"),
        "latency": by_store(run, slowest),
        "own": own(run),
        "lending": lending(run),
        "growth": by_store(run, growth),
        "starts": by_store(run, starts),
        "servers": by_store(run, servers),
        "about_attacks": about(ill_use),
        "attacks": attacks_text(ill_use),
        "about_search": about(finding),
        **page_search.parts(finding),
        **page_live.parts(live),
        "about_importing": about(importing),
        **page_importing.parts(importing),
    }
    text = TEMPLATE.read_text()
    for name, part in parts.items():
        text = text.replace(f"{{{{{name}}}}}", part)
    return text


def speed_text(results: Raw) -> str:
    """For the terminal, after a run."""
    run = Run(results)
    tables = [
        targets(run, TARGETS),
        by_store(run, compared),
        own(run),
        lending(run),
        by_store(run, growth),
        by_store(run, starts),
    ]
    return "\n\n".join([about(results), *tables, by_store(run, servers)])


def search_text(results: Raw) -> str:
    return "\n\n".join([about(results), *filter(None, page_search.parts(results).values())])


def about(results: Raw) -> str:
    """When, of what, how and where."""
    machine = results["machine"]
    changed = " (with changes that were not committed)" if results["changed"] else ""
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    where = f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, {machine['system']}"
    noise = f"load before it began: {results['load_before']:.1f}"
    warning = f"**{DISTURBED}**\n\n" if results["load_before"] > 1 else ""
    told = f"{results['date']}, commit `{results['commit']}`{changed}; {_how(results)}; {where}; {noise}."
    return f"{warning}{told}\nVersions: {versions}."


def _how(results: Raw) -> str:
    if "lists" in results:
        return f"lists of {results['records']:,} records"
    options = results["options"]
    if "scenarios" in results:
        return f"a library of {results['size']:,} books"
    sizes = ", ".join(f"{size:,}" for size in options["sizes"])
    how = f"libraries of {sizes} books; {options['rounds']} × {options['seconds']} s for each question"
    return f"{how}, {options['connections']} connections, server processes of each: {options['processes']}"


def plots(run: Run, name: str, title: str) -> str:
    """What `bench.plots` drew."""
    if name == "growth" and len(run.sizes) < 2:
        return ""
    return "\n".join(f"![{title}, {STORES[store]}](../bench/results/{name}-{store}.svg)" for store in run.stores)


def compared(run: Run, store: str) -> str:
    """Answers a second, and in brackets how many times as many Bookplate gives."""

    def cell(workload: str, contender: str) -> str:
        value = run.reading(
            "per_second", set="api", store=store, size=run.main_size, workload=workload, contender=contender
        )
        ratio = run.ratio(workload, contender, store=store)
        return number(value) + (f" ({number(ratio)} ×)" if ratio and contender != "bookplate" else "")

    return _matrix(run, cell)


def slowest(run: Run, store: str) -> str:
    where = {"set": "api", "store": store, "size": run.main_size}
    return _matrix(run, lambda w, c: number(run.reading("p99", workload=w, contender=c, **where)))


def _matrix(run: Run, cell: Callable[[str, str], str]) -> str:
    rows = [[TITLES[name], *(cell(one.name, name) for one in API)] for name in run.contenders()]
    return table(["", *(one.title for one in API)], rows)


def own(run: Run) -> str:
    head = ["", *(f"{STORES[s]}: {what}" for s in run.stores for what in ("a second", "median ms", "p99 ms"))]
    memory = (f"{number(_signing_in(run, store))} MB on {STORES[store]}" for store in run.stores)
    told = f"After the sign-ins the server had {', '.join(memory)}."
    return f"{table(head, [[one.title, *_triples(run, one.name)] for one in OWN])}\n\n{told}"


LENT = {
    ("bare", "lending"): "the database alone",
    ("engine", "lending"): "Bookplate's engine, in process",
    ("bookplate", "lending"): "over HTTP",
    ("bookplate", "checkout-alone"): "a checkout, one client",
    ("bookplate", "return-alone"): "a return, one client",
    ("bookplate", "desk-page"): "desk page, a scan, one client",
}


def lending(run: Run) -> str:
    head = ["", *(f"{STORES[s]}: {what}" for s in run.stores for what in ("a second", "median ms", "p99 ms"))]
    return table(head, [[title, *_lent(run, *which)] for which, title in LENT.items()])


def _lent(run: Run, contender: str, workload: str) -> Iterable[str]:
    for store in run.stores:
        where = {"set": "lending", "store": store, "size": run.main_size, "workload": workload, "contender": contender}
        yield from (number(run.reading(what, **where) or None) for what in ("per_second", "p50", "p99"))


def _signing_in(run: Run, store: str) -> float | None:
    return run.start("process_mb_signing_in", set="api", store=store, size=run.main_size, contender="bookplate")


def _triples(run: Run, workload: str) -> Iterable[str]:
    for store in run.stores:
        where = {"set": "api", "store": store, "size": run.main_size, "workload": workload, "contender": "bookplate"}
        yield from (number(run.reading(what, **where)) for what in ("per_second", "p50", "p99"))


def growth(run: Run, store: str) -> str:
    """Median milliseconds in each library, and the largest divided by the smallest."""

    if len(run.sizes) < 2:
        return "One size alone was measured in this run."

    def row(contender: str, workload: Any) -> list[str]:
        where = {"set": "api", "store": store, "contender": contender, "workload": workload.name}
        times = [number(run.reading("p50", size=size, **where)) for size in run.sizes]
        return [TITLES[contender], workload.title, *times, number(run.growth(workload.name, contender, store))]

    rows = [row(contender, workload) for contender in run.contenders() for workload in GROWING]
    return table(["", "ms", *(f"{size:,}" for size in run.sizes), "growth"], rows)


def starts(run: Run, store: str) -> str:
    what = ["seconds", "process_mb", "process_mb_loaded", "together_mb", "together_mb_loaded"]
    where = {"set": "api", "store": store, "size": run.main_size}
    rows = [[TITLES[c], *(number(run.start(one, contender=c, **where)) for one in what)] for c in run.contenders()]
    head = ["start to first answer, s", "MB after start", "MB after load", "all processes", "after load"]
    return table(["", *head], rows)


def servers(run: Run, store: str) -> str:
    def row(contender: str) -> list[str]:
        where = {"set": "servers", "store": store, "contender": contender}
        speeds = [run.reading("per_second", workload=one.name, **where) for one in SERVING]
        slow = [run.reading("p99", workload=one.name, **where) for one in SERVING]
        return [TITLES[contender], *map(number, [*speeds, *slow, run.start("process_mb_loaded", **where)])]

    head = [
        *(f"{one.title}, a second" for one in SERVING),
        *(f"{one.title}, p99 ms" for one in SERVING),
        "MB after load",
    ]
    return table(["", *head], [row(contender) for contender in run.contenders("servers")])


def attacks_text(results: Raw) -> str:
    rows = [_scenario(one) for one in results["scenarios"]]
    head = [
        "meanwhile",
        "others: answers",
        "median ms",
        "p99 ms",
        "errors",
        "MB before",
        "most MB",
        "what became of it",
    ]
    minutes = [f"{one['megabytes']:.0f}" for one in results["memory"]]
    told = f"Memory under load, MB at the end of each {results['memory_every']} s: {', '.join(minutes)}."
    return f"{table(head, rows)}\n\n{told}"


def _scenario(one: Raw) -> list[str]:
    figures = [number(one[name]) for name in ("answers", "p50", "p99", "errors", "mb_before", "mb_most")]
    return [one["title"], *figures, one["outcome"]]
