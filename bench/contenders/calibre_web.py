"""`python -m bench.contenders.calibre_web PORT`: Calibre-Web on the library that the environment names.

In an environment of its own, for it needs other versions than the rest. Its first start makes its settings, which its
page "Basic configuration" would write: where Calibre's library is, that nobody need sign in to look for books, and 20
books to a page.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.servers import ROOT

CPS = ROOT / ".venv-calibre-web" / "bin" / "cps"
SETTINGS = {"config_anonbrowse": 1, "config_books_per_page": 20}
# Calibre-Web demands one of each kind of sign.
PASSWORD = "Only-4-measuring"


def main(port: str) -> None:
    library = Path(os.environ["BENCH_CALIBRE"])
    environment = {**os.environ, "CALIBRE_DBPATH": str(library), "CACHE_DIRECTORY": str(library / "cache")}
    if not (library / "app.db").exists():
        subprocess.run([CPS, "-s", f"admin:{PASSWORD}"], env=environment, check=True, capture_output=True)
    _set(library / "app.db", {**SETTINGS, "config_calibre_dir": str(library), "config_port": int(port)})
    os.execve(CPS, [str(CPS), "-i", "127.0.0.1"], environment)  # noqa: S606 (in the place of this process)


def _set(path: Path, settings: dict[str, object]) -> None:
    names = ", ".join(f"{name} = ?" for name in settings)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE settings SET {names}", list(settings.values()))


if __name__ == "__main__":
    main(sys.argv[1])
