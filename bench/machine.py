"""What a figure depends on: the machine, the versions, the commit. `python -m bench.machine` names missing packages."""

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.servers import ROOT, has_postgres, postgres_bin

PACKAGES = """django djangorestframework fastapi sqlalchemy pydantic starlette uvicorn uvloop httptools gunicorn granian
a2wsgi orjson psycopg"""


def described() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": _machine(),
        "versions": _versions(),
    }


def busy() -> float:
    """How many processes want to run (the mean of the last minute)."""
    return os.getloadavg()[0]


def _machine() -> dict[str, object]:
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if has_postgres():
        found["postgresql"] = _output(str(postgres_bin() / "postgres"), "--version").split()[2]
    return found | {name: _version(name) for name in PACKAGES.split()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _line(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _git(*arguments: str) -> str:
    return _output("git", "-C", str(ROOT), *arguments)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    needed = {"wrk": shutil.which("wrk"), "git": shutil.which("git"), "postgresql": has_postgres()}
    sys.stdout.write(" ".join(package for package, there in needed.items() if not there))
