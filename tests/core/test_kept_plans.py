"""Plans that PostgreSQL makes once for each connection: what is asked is answered, whatever becomes of the plan."""

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.test import Client

from bookplate.catalog import books
from bookplate.core.sql import Sql

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
LIST = "/api/books/?ordering=title"


def titles(client: Client) -> list[str]:
    answer = client.get(LIST)
    assert answer.status_code == 200, answer.content
    return [book["title"] for book in answer.json()]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def kept() -> list[tuple[int, int]]:
    """How often each kept plan of the books was used: the same for all values, made for these."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s", ["%catalog_book%"]
        )
        return list(cursor.fetchall())


@pytest.fixture(autouse=True)
def two_books() -> None:
    books.add(title="Emma")
    books.add(title="Dune")


def test_a_list_is_planned_once(client: Client) -> None:
    for _ in range(8):
        assert titles(client) == ["Dune", "Emma"]
    assert kept() == [(8, 0)]


def test_a_list_of_another_length_is_planned_for_itself(client: Client) -> None:
    assert client.get("/api/books/?ordering=title&limit=1").json()[0]["title"] == "Dune"
    assert kept() == []


def test_filters_are_planned_for_their_values(client: Client) -> None:
    assert client.get("/api/books/?published_year__gte=1900").json() == []
    assert kept() == []


def test_a_plan_that_is_lost_is_made_anew_each_time(client: Client) -> None:
    """As behind a pooler, whose connections know nothing of one another's plans."""
    titles(client)
    run("DEALLOCATE ALL")
    assert [titles(client) for _ in range(2)] == [["Dune", "Emma"]] * 2
    assert kept() == []


def test_a_plan_of_a_table_that_has_changed_is_made_anew() -> None:
    run("CREATE TEMP TABLE shelf AS SELECT 7 AS number")
    asked = Sql("SELECT number FROM shelf LIMIT 1", one_plan=True)
    assert asked.rows([]) == [(7,)]
    run("ALTER TABLE shelf ALTER number TYPE text")
    assert [asked.rows([]) for _ in range(2)] == [[("7",)]] * 2


def test_within_a_transaction_nothing_is_kept(client: Client) -> None:
    with transaction.atomic():
        assert titles(client) == ["Dune", "Emma"]
    assert kept() == []


def test_a_statement_that_fails_tells_why() -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"):
        Sql("SELECT 1 FROM no_such_table LIMIT 1", one_plan=True).rows([])
    with pytest.raises(DataError, match="division by zero"):
        Sql("SELECT 1 / %s::integer LIMIT 1", one_plan=True).rows([0])
