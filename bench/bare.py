"""The same statements without Bookplate: its writes by Python's `sqlite3`, all of them by PostgreSQL's `pgbench`.

What is sent is what Bookplate was heard to send (`bench.lendable`), for each copy anew.
"""

import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from bench.desks import Pair
from bench.say import Problem
from tests.servers import as_postgres, postgres_bin

Said = Mapping[str, Sequence[Mapping[str, Any]]]
CLIENTS = 4
# In pgbench's script, which has the number only once the row is there.
LOAN = 987654321987
PRAGMAS = "PRAGMA foreign_keys=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"


def sqlite_commits(path: Path, said: Said, pairs: Sequence[Pair], seconds: float) -> float:
    """Transactions a second of one connection that writes the same rows and does nothing else."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.executescript(PRAGMAS)
    done, began = 0, time.monotonic()
    for pair in _again_and_again(pairs):
        loan = 0
        for part in ("checkout", "return"):
            loan = _write(connection, said[part], {**vars(pair), "loan": loan}) or loan
            done += 1
        if time.monotonic() > began + seconds:
            break
    took = time.monotonic() - began
    connection.close()
    return done / took


def _again_and_again(pairs: Sequence[Pair]) -> Iterator[Pair]:
    while True:
        yield from pairs


def _write(connection: sqlite3.Connection, said: Sequence[Mapping[str, Any]], names: Mapping[str, Any]) -> int:
    """One transaction; the number of the loan that it made, or 0."""
    loan = 0
    connection.execute("BEGIN IMMEDIATE")
    for one in said:
        if _writes(one):
            cursor = connection.execute(one["sql"].replace("%s", "?"), _values(one, names))
            loan = cursor.fetchone()[0] if _makes_loan(one) else loan
            cursor.close()
    connection.execute("COMMIT")
    return loan


def _writes(one: Mapping[str, Any]) -> bool:
    return str(one["sql"]).startswith(("INSERT", "UPDATE", "DELETE"))


def _makes_loan(one: Mapping[str, Any]) -> bool:
    return str(one["sql"]).startswith('INSERT INTO "lending_loan"')


def _values(one: Mapping[str, Any], names: Mapping[str, Any]) -> list[Any]:
    return [names[value["of"]] if isinstance(value, dict) else value for value in one["values"]]


def pgbench_commits(url: str, said: Said, pairs: Sequence[Pair], seconds: int) -> float:
    """Transactions a second of `CLIENTS` clients, each with copies of its own."""
    with TemporaryDirectory(prefix="bookplate-bench-") as folder, psycopg.connect(url) as connection:
        Path(folder).chmod(0o755)
        client = psycopg.ClientCursor(connection)
        scripts = [Path(folder) / f"{number}.sql" for number in range(CLIENTS)]
        for number, script in enumerate(scripts):
            some = pairs[number::CLIENTS]
            script.write_text("".join(_script(client, said, pair) for pair in some))
        lengths = [2 * len(pairs[number::CLIENTS]) for number in range(CLIENTS)]
        return _run(url, scripts, lengths, seconds)


def _script(client: psycopg.ClientCursor[Any], said: Said, pair: Pair) -> str:
    lines = []
    for part in ("checkout", "return"):
        within = [one["within"] for one in said[part]]
        texts = [_line(client, one, pair) for one in said[part]]
        begin = within.index(True)
        lines += [*texts[:begin], "BEGIN;\n", *texts[begin:], "COMMIT;\n"]
    return "".join(lines)


def _line(client: psycopg.ClientCursor[Any], one: Mapping[str, Any], pair: Pair) -> str:
    sql = client.mogrify(one["sql"], _values(one, {**vars(pair), "loan": LOAN}) or None)
    text = sql.replace(";", "\\;").replace(str(LOAN), ":id")
    return f"{text}\\gset\n" if _makes_loan(one) else f"{text};\n"


def _run(url: str, scripts: Sequence[Path], lengths: Sequence[int], seconds: int) -> float:
    """A process for each client, as pgbench gives no client a script of its own."""
    command = [*as_postgres(), str(postgres_bin() / "pgbench"), "-n", "-c1", "-j1", f"-T{seconds}"]
    running = [
        subprocess.Popen([*command, f"-f{script}", url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for script in scripts
    ]
    told = [one.communicate()[0] for one in running]
    return sum(_tps(text) * length for text, length in zip(told, lengths, strict=True))


def _tps(told: str) -> float:
    found = re.search(r"tps = ([\d.]+)", told)
    if found is None or re.search(r"aborted|ERROR", told):
        raise Problem(f"pgbench did not get through:\n{told[:2000]}")
    return float(found[1])
