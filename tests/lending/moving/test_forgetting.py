"""Lists that name people do not stay: they go with time, and when somebody is erased."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.people import privacy
from bookplate.people.models import User
from tests.cast import PASSWORD
from tests.catalog.importing.conftest import Bring, counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(bring: Bring) -> list[Import]:
    """Of members and of books, each with a row that fails."""
    return [bring("card,name\n1,Ann\n,Ben\n", "people.csv"), bring('title\nEmma\n""\n,x\n', "books.csv")]


def kept() -> dict[str, tuple[bool, int]]:
    return {job.name: (job.has_file, job.failures.count()) for job in Import.objects.all()}


def test_a_list_of_people_goes_with_time(
    lists: list[Import], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, settings: object
) -> None:
    before = kept()
    privacy.tidy()
    assert kept() == before

    Import.objects.update(finished_at=timezone.now() - timedelta(days=366))
    with django_capture_on_commit_callbacks(execute=True):
        told = privacy.tidy()
    assert (told["lending"], kept()) == (1, before | {"people.csv": (False, 0)})
    assert counts(Import.objects.get(name="people.csv")) == (2, 1, 0, 0, 1)
    assert privacy.tidy()["lending"] == 0


def test_a_list_of_people_goes_when_somebody_is_erased(
    lists: list[Import], alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = kept()
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(alice)

    assert kept() == before | {"people.csv": (False, 0)}


def test_its_page_says_so(lists: list[Import], librarian: User, client: Client) -> None:
    job = lists[0]
    job.forget()
    job.original.unlink()
    client.login(username="librarian", password=PASSWORD)

    assert "The file is deleted, and the rows that failed with it." in client.get(f"/imports/{job.pk}/").text
    assert [client.get(f"/imports/{job.pk}/{name}/").status_code for name in ("failed", "reasons")] == [404, 404]
    assert ImportFailure.objects.filter(job=job).count() == 0
