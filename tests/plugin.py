"""Loaded by `-p tests.plugin` (pyproject.toml), before pytest-django reads the settings from the environment.

Gives each run a data folder of its own and the store that was asked for, chooses the tests for it, and lets
nothing be skipped unseen in CI.
"""

import os
import signal
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bookplate.core.garbage import settle
from tests.servers import PostgresServer, folder_of_run, is_setting
from tests.turns import turn

MAY_BE_ABSENT = "shared data"
# What a test asks for that touches the database; pytest-django lets nobody else near it.
DATABASES = {"db", "transactional_db", "database_url", "database_url_of_module"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("bookplate")
    group.addoption("--store", choices=("sqlite", "postgres"), default="sqlite", help="the database to test on")
    group.addoption("--long", action="store_true", help="the tests that take minutes, too")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        use_data_folder(Path(os.environ["BOOKPLATE_DATA"]) / worker)
        return
    # `timeout` and CI end a run with SIGTERM; as an interrupt it lets the servers be stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stores = ExitStack()
    early_config.add_cleanup(stores.close)
    prepare(stores, early_config.known_args_namespace.store)


def prepare(stores: ExitStack, store: str) -> None:
    for name in filter(is_setting, list(os.environ)):
        del os.environ[name]
    use_data_folder(Path(stores.enter_context(TemporaryDirectory(prefix="bookplate-tests-"))))
    if store == "postgres":
        os.environ["DATABASE_URL"] = stores.enter_context(PostgresServer()).url


def use_data_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    os.environ["BOOKPLATE_DATA"] = str(folder)


def pytest_report_header(config: pytest.Config) -> str:
    return f"store: {config.getoption('--store')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = [item for item in items if not is_wanted(item, config)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def is_wanted(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("long") and not config.getoption("--long"):
        return False
    if config.getoption("--store") == "sqlite":
        return not item.get_closest_marker("postgresql")
    return depends_on_store(item)


def depends_on_store(item: pytest.Item) -> bool:
    """The others run once, on SQLite. So does what drives a browser: a page is the same on every store."""
    if item.get_closest_marker("browser"):
        return False
    asked_for: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not DATABASES.isdisjoint(asked_for)


def pytest_collection_finish() -> None:
    """As the server does, when all is loaded: a tenth of the tests' work."""
    settle()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Generator[None]:
    with turn(folder_of_run()):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    with turn(folder_of_run(), alone=item.get_closest_marker("alone") is not None):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    with turn(folder_of_run()):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI a skipped test is a failed one, unless it waits for data that is not part of the project."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    if not in_ci or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(MAY_BE_ABSENT):
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI, where nothing may be skipped: {reason}"
