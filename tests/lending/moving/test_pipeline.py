"""The import's promises (G19) for members, loans and holds: counts add up, tries are true, kills cost nothing."""

import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.importing import pipeline, report
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from bookplate.lending import verify
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member
from tests.cast import undone
from tests.catalog.importing.conftest import Bring, counts, failures, killed_until_done
from tests.catalog.importing.test_readers import check_all
from tests.lending.moving.conftest import loans, members, queue, states

pytestmark = pytest.mark.django_db

# Each list has rows that are new, known, completed, broken and over, and some of them twice.
MEMBERS = "card,name,expires\n" + "".join(
    f"{n % 20},{'Other' if n % 7 == 0 else f'Ann {n % 20}'},{'2027-01-31' if n % 3 else 'soon' if n % 5 == 0 else ''}\n"
    for n in range(45)
)
LOANS = "card,barcode,due,returned\n" + "".join(
    f"{1 + n % 4},B{1 + n % 5},2026-12-{1 + n % 28:02},{'2026-01-01' if n % 9 == 8 else ''}\n" for n in range(45)
)
HOLDS = "card,title,priority\n" + "".join(
    f"{1 + n % 4},{('Solaris', 'Emma', 'Dune', 'None')[n % 3 + (n % 5 == 0)]},{n % 7 if n % 11 else 'x'}\n"
    for n in range(45)
)
LISTS = {"members": MEMBERS, "loans": LOANS, "holds": HOLDS}


class Killed(BaseException):
    pass


@pytest.fixture
def library(shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    """Enough for every list."""


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 7)


def everything() -> tuple[object, ...]:
    queues = [queue(title) for title in ("Solaris", "Emma", "Dune")]
    return members(), sorted(loans()), states(), queues


def accounted(job: Import) -> tuple[object, ...]:
    return counts(job), job.skipped, failures(job)


@pytest.mark.usefixtures("library", "small_batches")
@pytest.mark.parametrize("kind", LISTS)
def test_a_try_says_the_same_and_changes_nothing(bring: Bring, kind: str) -> None:
    before = everything()
    tried = bring(LISTS[kind], dry_run=True)

    assert (everything(), Event.objects.exclude(type__startswith="import.").count()) == (before, 0)
    real = bring(LISTS[kind])
    assert accounted(tried) == accounted(real)
    assert min(real.created, real.unchanged, real.failed) > 0


@pytest.mark.usefixtures("library", "small_batches")
@pytest.mark.parametrize("batches", [1, 3, 6])
@pytest.mark.parametrize("kind", LISTS)
def test_a_killed_import_goes_on_where_it_was(receive: Bring, kind: str, batches: int) -> None:
    with undone():
        undisturbed = pipeline.run(receive(LISTS[kind]))
        expected = accounted(undisturbed), everything()
    job = receive(LISTS[kind])

    def kill(now: Import) -> None:
        if now.read >= batches * 7:
            raise Killed

    with pytest.raises(Killed):
        pipeline.run(job, kill)
    again = pipeline.run(Import.objects.get(pk=job.pk))
    assert (accounted(again), everything()) == expected


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("kind", LISTS)
def test_the_same_file_again_makes_nothing(bring: Bring, kind: str) -> None:
    first = bring(LISTS[kind])
    assert list(verify.check()) == []
    after = everything()
    again = bring(LISTS[kind])

    assert (again.created, again.failed, again.skipped) == (0, first.failed, first.skipped)
    assert everything() == after


@pytest.mark.usefixtures("library", "small_batches")
@pytest.mark.parametrize("kind", LISTS)
def test_cancelled_it_stops_after_a_batch(receive: Bring, kind: str) -> None:
    job = pipeline.run(receive(LISTS[kind]), lambda now: pipeline.cancel(Import.objects.get(pk=now.pk)))

    assert (job.state, job.read) == (State.CANCELLED, 7)


@pytest.mark.usefixtures("library")
def test_failed_rows_come_back_to_be_mended(bring: Bring) -> None:
    job = bring("card;barcode;due\n1;B1;2026-12-10\n1;B2;10.13.2026\n8;B3;2026-12-10\n")
    failed = b"".join(report.failed_file(job)).decode("utf-8-sig")

    assert failed.splitlines() == [
        "bookplate_row;bookplate_reason;card;barcode;due",
        "3;“10.13.2026” is not a date that can be read. Write it as 2026-12-31.;1;B2;10.13.2026",
        "4;There is no card 8 here. Bring the members in first.;8;B3;2026-12-10",
    ]
    mended = bring(failed.replace("10.13.2026", "13.10.2026").replace(";8;", ";2;"))
    assert (counts(mended), [row[:2] for row in loans()]) == ((2, 2, 0, 0, 0), [("B1", "1"), ("B2", "1"), ("B3", "2")])


cells = st.sampled_from(
    ["1", "2", "9", "", "B1", "B2", "B3", "X", "Emma", "Ann Example", "2026-12-10", "1.2.2026", "x\0"]
)
hostile = cells | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HEADERS = [
    "card,barcode,due,lent,renewals,returned",
    "card,title,barcode,placed,priority,expires",
    "card,name,expires,notes",
]


@pytest.mark.usefixtures("library")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.sampled_from(HEADERS), rows=st.lists(st.lists(hostile, max_size=7), max_size=12), dry=st.booleans())
def test_whatever_the_table_every_row_is_accounted_for(
    receive: Bring, header: str, rows: list[list[str]], dry: bool
) -> None:
    content = "\n".join([header, *(",".join(row) for row in rows)])
    with undone():
        job = pipeline.run(receive(content, dry_run=dry))

        assert job.state == State.DONE
        assert job.read == job.created + job.updated + job.unchanged + job.failed + job.skipped
        assert job.failures.count() == job.failed
        out = set(Loan.objects.open().values_list("copy__barcode", flat=True))
        assert out == {code for code, state in states().items() if state == "on_loan"}
        if not dry:
            assert Loan.objects.count() + Hold.objects.count() + Member.objects.count() - 3 == job.created


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("kind", LISTS)
def test_reading_can_go_on_at_any_row(tmp_path: Path, kind: str, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes((LISTS[kind][:600] + '"Open,z\n1,"Two\nlines",é\n,,,,,,\n').encode(encoding))

    check_all(path)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(("kind", "queries"), [("members", 21), ("loans", 23), ("holds", 23)])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_batch_takes_the_same_queries_however_full(
    receive: Bring, kind: str, rows: int, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    new = {
        "members": "card,name\n" + "".join(f"N{n},New\n" for n in range(rows)),
        "loans": "card,barcode,due\n" + "".join(f"{n + 1},B{n + 1},2026-12-10\n" for n in range(rows)),
        "holds": "card,title,placed\n" + "".join(f"{n + 1},Emma,2026-11-10\n" for n in range(rows)),
    }
    job = receive(new[kind])
    # SQLite is asked and told how much to keep; PostgreSQL locks twice.
    with django_assert_num_queries(queries + {"sqlite": 6, "postgresql": 2}[connection.vendor]):
        pipeline.run(job)
    assert job.created == rows


def test_the_command_says_what_came_in(tmp_path: Path, library: None) -> None:
    (tmp_path / "people.csv").write_text("card,name\n7,Dora\n1,Other\n")
    (tmp_path / "loans.csv").write_text("card,barcode,due,returned\n7,B1,2026-12-10,\n7,B2,2026-01-10,2026-01-09\n")
    said = [
        _command(tmp_path / "people.csv", "--dry-run"),
        _command(tmp_path / "people.csv"),
        _command(tmp_path / "loans.csv"),
    ]

    assert said == [
        "2 members: 1 created, 0 updated, 0 unchanged, 1 failed (only tried, nothing was changed)",
        "2 members: 1 created, 0 updated, 0 unchanged, 1 failed",
        "2 loans: 1 created, 0 updated, 0 unchanged, 0 failed, 1 skipped (over already)",
    ]


def _command(*arguments: object) -> str:
    out = StringIO()
    call_command("import_people", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()[0]


@pytest.mark.long
def test_a_library_moves_in_within_a_minute(bring: Bring) -> None:
    books = Book.objects.bulk_create([Book(title=f"Book {n}") for n in range(2000)])
    Copy.objects.bulk_create([Copy(book=book, barcode=f"B{n}") for n, book in enumerate(books)])
    day = timezone.localdate()
    begun = time.monotonic()
    jobs = [
        bring("card,surname,firstname\n" + "".join(f"{n},Example,Ann {n}\n" for n in range(5000))),
        bring("card,barcode,date due\n" + "".join(f"{n},B{n},{day + timedelta(n % 30)}\n" for n in range(2000))),
        bring("card,title,priority\n" + "".join(f"{n + 2000},Book {n % 50},{n // 50}\n" for n in range(500))),
    ]

    assert [counts(job)[:2] for job in jobs] == [(5000, 5000), (2000, 2000), (500, 500)]
    assert time.monotonic() - begun < 60


@pytest.mark.long
def test_a_worker_killed_by_the_system_loses_and_doubles_nothing(tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text("card,name\n" + "".join(f"{n},Ann {n}\n" for n in range(1500)))
    (tmp_path / "loans.csv").write_text("card,barcode,due\n" + "".join(f"{n},B{n},2026-12-10\n" for n in range(1500)))
    script = f"""
import django, os, signal
django.setup()
from django.core.management import call_command
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.lending.models import Loan
from bookplate.people.models import Member
call_command("migrate", verbosity=0)
if not Import.objects.exists():
    book = Book.objects.create(title="Emma")
    Copy.objects.bulk_create([Copy(book=book, barcode=f"B{{n}}") for n in range(1500)])
    for name in ("members", "loans"):
        intake.receive(open({str(tmp_path)!r} + f"/{{name}}.csv", "rb"), name, by=None)
for job in Import.objects.order_by("id"):
    pipeline.run(job, lambda job: os.kill(os.getpid(), signal.SIGKILL))
out = Copy.objects.filter(state="on_loan").count()
print(*[job.created for job in Import.objects.all()], Member.objects.count(), Loan.objects.count(), out)
"""
    assert killed_until_done(script, tmp_path) == "1500 1500 1500 1500 1500\n"
