"""The index in SQLite: an FTS5 table of the books' words, kept by triggers."""

from django.db import DatabaseError, connection

from bookplate.catalog.search.tiers import All, Indexed, Node, Some, Without

TABLE = "catalog_book_words"
# The words come parted by blanks, in letters and digits alone; `ascii` leaves all else as it is. Nothing but the
# book's id is kept with a word: where it stands is said by its mark. Beginnings of one to three letters (and the
# mark) have an index of their own.
CREATE_TABLE = f"""CREATE VIRTUAL TABLE {TABLE} USING fts5(
    words, content='catalog_book', content_rowid='id', detail=none, columnsize=0, tokenize='ascii', prefix='2 3 4')"""

_ADD = f"INSERT INTO {TABLE}(rowid, words) VALUES (new.id, new.words);"  # noqa: S608
_REMOVE = f"INSERT INTO {TABLE}({TABLE}, rowid, words) VALUES ('delete', old.id, old.words);"  # noqa: S608
_NOTE = """INSERT INTO catalog_word(text) SELECT DISTINCT substr(value, 2)
    FROM json_each('["' || replace(trim(new.words), ' ', '","') || '"]')
    WHERE value GLOB '[tao]???*' AND value NOT GLOB '*[0-9]*'
    AND NOT EXISTS (SELECT 1 FROM catalog_word WHERE text = substr(value, 2));"""
# Where an empty word stands, new books are indexed and their words noted all at once (`upkeep.at_once`).
_EACH = "NOT EXISTS (SELECT 1 FROM catalog_word WHERE text = '')"
TRIGGERS = {
    "book_words_added": f"AFTER INSERT ON catalog_book WHEN {_EACH} BEGIN {_ADD} {_NOTE} END",
    "book_words_removed": f"AFTER DELETE ON catalog_book BEGIN {_REMOVE} END",
    "book_words_changed": (
        f"AFTER UPDATE OF words ON catalog_book WHEN old.words <> new.words BEGIN {_REMOVE} {_ADD} {_NOTE} END"
    ),
}
_PARTS = {TABLE: CREATE_TABLE} | {name: f"CREATE TRIGGER {name} {body}" for name, body in TRIGGERS.items()}


class SQLiteIndex:
    tables: tuple[str, ...] = (TABLE,)
    # With a plus, or SQLite might look each book up in the index instead of each hit among the books.
    fits = f"{TABLE} MATCH %s AND catalog_book.id = +{TABLE}.rowid"
    number = f"{TABLE}.rowid"
    found = f"{TABLE} WHERE {TABLE} MATCH %s"

    def written(self, node: Node) -> str:
        match node:
            case Indexed(word, begun):
                return f'"{word}"*' if begun else f'"{word}"'
            case All(nodes):
                return f"({' AND '.join(map(self.written, nodes))})"
            case Some(nodes):
                return f"({' OR '.join(map(self.written, nodes))})"
            case Without(one, other):
                return f"({self.written(one)} NOT {self.written(other)})"

    def holds(self) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {TABLE}({TABLE}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
        except DatabaseError:
            return False
        return True

    def missing(self) -> list[str]:
        """Also what is there in another form than it should have."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name IN (%s, 'catalog_book')", [TABLE])
            there = dict(cursor.fetchall())
        return [name for name, sql in _PARTS.items() if there.get(name) != sql]

    def create(self) -> None:
        with connection.cursor() as cursor:
            for name in self.missing():
                cursor.execute(f"DROP {'TABLE' if name == TABLE else 'TRIGGER'} IF EXISTS {name}")
                cursor.execute(_PARTS[name])

    def add(self, first: int, last: int) -> None:
        """In one statement: after each one the index writes what it has gathered to a place of its own."""
        added = f"INSERT INTO {TABLE}(rowid, words) SELECT id, words FROM catalog_book WHERE id BETWEEN %s AND %s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(added, [first, last])

    def fill(self) -> None:
        with connection.cursor() as cursor:
            # And all of it in one piece, or each search would look into several.
            for command in ("rebuild", "optimize"):
                cursor.execute(f"INSERT INTO {TABLE}({TABLE}) VALUES (%s)", [command])  # noqa: S608
