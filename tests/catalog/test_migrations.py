"""What a migration writes into rows that are there already, and that it will write the same in years."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

import bookplate
from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.models import Book

MIGRATIONS = sorted(Path(bookplate.__file__).parent.glob("*/migrations/*.py"))
TITLES = {
    "The Left Hand of Darkness": "lfthndofdrkns",
    "Middlemarch: a study of provincial life": "mdlmrch",
    "Éloïse (Folio; 12)": "els",
    "It": "it",
    "1984": "1984",
    "???": "",
}


def migration(name: str) -> Any:
    return import_module(f"bookplate.catalog.migrations.{name}")


@pytest.mark.django_db
def test_books_get_the_keys_by_which_twins_are_found() -> None:
    Book.objects.bulk_create(Book(title=title) for title in TITLES)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_book SET twin_key = ''")
    migration("0009_merges").write_keys(apps, connection.schema_editor())

    assert dict(Book.objects.values_list("title", "twin_key")) == TITLES


KEPT = {"title": "Emma", "author": "Jane Austen", "published_year": 1815, "isbn": None}
KEPT |= {"language": "", "edition": "", "publisher": "Murray"}
NUMBERED = KEPT | {"isbn": "9780141439587"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kept", "merged", "after", "names"),
    [
        (KEPT, KEPT | {"title": "“Émma”"}, KEPT, ("", "title emma”")),
        (KEPT, KEPT | {"publisher": "Penguin"}, KEPT, ("", "title emma")),
        (KEPT, KEPT | {"publisher": "", "author": "JANE  Austen"}, KEPT, ("", "")),
        (KEPT, NUMBERED, NUMBERED, ("title emma", "")),
        (NUMBERED, NUMBERED | {"isbn": "9780199535521"}, NUMBERED, ("", "isbn 9780199535521")),
    ],
)
def test_merges_get_the_names_that_they_took_away(
    kept: dict[str, Any], merged: dict[str, Any], after: dict[str, Any], names: tuple[str, str]
) -> None:
    merge = Merge.objects.create(
        kept=1, merged=2, title="Emma", values={"kept": kept, "merged": merged, "after": after}, moved={}
    )
    migration("0010_merged_names").write_names(apps, connection.schema_editor())
    merge.refresh_from_db()

    assert (merge.kept_name, merge.merged_name) == names


def test_none_runs_what_a_room_may_change() -> None:
    """Only what Django names in it: the classes of fields and the managers of models."""
    named = {module for path in MIGRATIONS for module in imported(path) if module.startswith("bookplate.")}

    assert {module for module in named if module.split(".")[2] not in ("fields", "models", "migrations")} == set()


def imported(path: Path) -> list[str]:
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return [
        name
        for node in found
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
