"""The search index taken away, for what is quicker or cheaper without; `upkeep.ensure()` makes it anew."""

from django.db import connection

STATEMENTS = {
    "sqlite": """DROP TRIGGER book_words_added; DROP TRIGGER book_words_changed; DROP TRIGGER book_words_removed;
        DROP TABLE catalog_book_words""",
    "postgresql": """DROP TRIGGER book_words_added ON catalog_book; DROP TRIGGER book_words_changed ON catalog_book;
        ALTER TABLE catalog_book DROP COLUMN words_index""",
}


def take_away() -> None:
    with connection.cursor() as cursor:
        for statement in STATEMENTS[connection.vendor].split(";"):
            cursor.execute(statement)
