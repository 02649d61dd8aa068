"""What bin/run says and does before Django is there; nothing is installed here.

Each test has a copy of the project's scripts, in which a few lines of shell stand in for Python.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.plugin import refuse_skip
from tests.servers import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]
TOOLS = ("cat", "cksum", "dirname", "env", "grep", "mkdir", "readlink", "rm", "sh", "touch")
OLD_PYTHON = "echo 3.9.2"
# Has what is asked for, makes a .venv that is a copy of itself, and says how it was called.
PYTHON = """
case "$*" in
*version_info*%* | *version_info\\[*) echo 3.11.7 ;;
*"import sys"*) exit 0 ;;
*"-m venv"*) mkdir -p "$3/bin" && cat "$0" >"$3/bin/python" && chmod +x "$3/bin/python" ;;
*"-m pip"*) echo "pip $*" >>"$(dirname "$0")/pip.log"; exit "${PIP_FAILS:-0}" ;;
*) echo "data=$BOOKPLATE_DATA"; shift; echo "$*" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a clone"
    for name in ("bin", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Run:
    """bin/run with an empty environment, a PATH of `tmp_path`/path, from `tmp_path`."""
    path = tmp_path / "path"
    path.mkdir()
    for tool in (*TOOLS, "chmod"):
        (path / tool).symlink_to(shutil.which(tool) or tool)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(project / "bin/run"), *arguments]
        environment = {"PATH": str(path), **environment}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def make_python(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_help_is_shown_without_python(run: Run) -> None:
    done = run("--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: bin/run [--port N]")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--frob"], "bin/run: there is no option --frob; see bin/run --help.\n"),
        (["8000"], "bin/run: there is no option 8000; see bin/run --help.\n"),
        (["--port"], "bin/run: --port needs a value; see bin/run --help.\n"),
    ],
)
def test_an_option_that_is_not_there_is_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


@pytest.mark.parametrize(("there", "found"), [({}, "none"), ({"python3": OLD_PYTHON}, "python3 = 3.9.2")])
def test_without_a_new_python_one_sentence_says_what_to_install(
    run: Run, tmp_path: Path, there: dict[str, str], found: str
) -> None:
    for name, body in there.items():
        make_python(tmp_path / "path" / name, body)

    done = run()

    assert done.returncode == 1
    assert done.stderr == (
        f"bin/run: Bookplate needs Python 3.11 or newer and found {found}; install it "
        "(Debian and Ubuntu: apt install python3 python3-venv) or name it in BOOKPLATE_PYTHON.\n"
    )


def test_the_python_that_was_named_is_the_one_that_counts(run: Run, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)
    make_python(tmp_path / "path/old", OLD_PYTHON)

    done = run(BOOKPLATE_PYTHON="old")

    assert done.returncode == 1
    assert "found old = 3.9.2;" in done.stderr


def test_the_first_run_installs_and_the_second_only_starts(run: Run, project: Path, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)

    first, second = run(), run()

    started = f"data={project}/data\nserve --demo\n"
    assert first.stdout == f"Installing what Bookplate needs (about half a minute, once) …\n{started}"
    assert (first.returncode, second.returncode, second.stdout) == (0, 0, started)


def test_options_and_the_data_folder_reach_the_server(run: Run, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)
    run()

    done = run("--port", "81", "--no-demo", "--host=::1", BOOKPLATE_DATA="my books")

    assert done.stdout == f"data={tmp_path}/my books\nserve --port=81 --host=::1\n"


def test_the_test_set_counts_as_the_run_set(run: Run, project: Path, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)
    run()
    stamps = project / ".venv/bookplate-installed"
    stamps.write_text(stamps.read_text() + "test 1 2\n")

    assert "Installing" not in run().stdout


def test_a_new_lock_file_is_installed(run: Run, project: Path, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)
    run()
    with (project / "requirements/run.txt").open("a") as lock:
        lock.write("# newer\n")

    assert "Installing" in run().stdout
    assert len((project / ".venv/bin/pip.log").read_text().splitlines()) == 2


def test_a_failed_installation_is_said_and_tried_again(run: Run, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)

    failed, again = run(PIP_FAILS="1"), run()

    assert failed.returncode == 1
    assert failed.stderr == (
        "bin/run: pip could not install what Bookplate needs; its own words are above, and the next run tries again.\n"
    )
    assert again.stdout.endswith("serve --demo\n")


def test_an_installation_that_was_cut_off_is_made_anew(run: Run, project: Path, tmp_path: Path) -> None:
    make_python(tmp_path / "path/python3", PYTHON)
    run()
    (project / ".venv/bookplate-installed").unlink()
    (project / ".venv/bookplate-installing").touch()
    (project / ".venv/half a package").touch()

    done = run()

    assert done.stdout.endswith("serve --demo\n")
    assert sorted(path.name for path in (project / ".venv").iterdir()) == ["bin", "bookplate-installed"]


def test_the_suite_has_a_data_folder_of_its_own(settings: LazySettings) -> None:
    assert Path(os.environ["BOOKPLATE_DATA"]) == settings.DATA
    assert not settings.DATA.is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("ci", "reason", "outcome"),
    [
        ("", "no printer", "skipped"),
        ("true", "no printer", "failed"),
        ("true", "shared data is not here: /data", "skipped"),
    ],
)
def test_nothing_is_skipped_unseen_in_ci(monkeypatch: pytest.MonkeyPatch, ci: str, reason: str, outcome: str) -> None:
    monkeypatch.setenv("CI", ci)
    report = pytest.TestReport(
        nodeid="x",
        location=("x.py", 1, "x"),
        keywords={},
        outcome="skipped",
        longrepr=("x.py", 1, f"Skipped: {reason}"),
        when="setup",
    )

    refuse_skip(report)

    assert report.outcome == outcome
