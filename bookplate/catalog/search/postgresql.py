"""The index in PostgreSQL: the books' words as a generated `tsvector`, under a GIN index."""

from django.db import connection

from bookplate.catalog.search.tiers import All, Indexed, Node, Some, Without

# First, the rows that a statement wrote go from the list of what waits into the index itself: all at once in a fifth of
# the time of one after the other, and no search has to read through that list. (Without an index there is none.)
# Where an empty word stands, the new ones are noted all at once (`upkeep.at_once`).
_NOTE = """ BEGIN
    PERFORM gin_clean_pending_list(to_regclass('book_by_words'));
    IF EXISTS (SELECT 1 FROM catalog_word WHERE text = '') THEN RETURN NULL; END IF;
    INSERT INTO catalog_word(text)
    SELECT word FROM (
        SELECT DISTINCT substr(each, 2) COLLATE "C"
        FROM changed, unnest(string_to_array(btrim(changed.words), ' ')) AS each
        WHERE each ~ '^[tao][^0-9]{3,}$'
    ) AS here(word) LEFT JOIN LATERAL (SELECT 1 FROM catalog_word WHERE text = word LIMIT 1) AS known(yes) ON true
    WHERE yes IS NULL;
    RETURN NULL;
END """
_FUNCTION = "catalog_note_words"
_TRIGGER = """CREATE TRIGGER {name} AFTER {event} ON catalog_book REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_words()"""
# By tens, of how many words the planner knows how common they are. Of each other it expects half as many books as of
# the rarest that it knows: of three together so many that it would walk through all books for the first few.
_KNOWN = 1_000
_PARTS = {
    _FUNCTION: f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_NOTE}$$",
    "words_index": """ALTER TABLE catalog_book ADD COLUMN words_index tsvector
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(btrim(words), ' '))) STORED""",
    "words_known": f"ALTER TABLE catalog_book ALTER COLUMN words_index SET STATISTICS {_KNOWN}",
    "book_by_words": """DROP INDEX IF EXISTS book_by_words;
        CREATE INDEX book_by_words ON catalog_book USING gin (words_index)""",
    "book_words_added": _TRIGGER.format(name="book_words_added", event="INSERT"),
    "book_words_changed": _TRIGGER.format(name="book_words_changed", event="UPDATE"),
}
_THERE = f"""
    SELECT attname FROM pg_attribute WHERE attrelid = 'catalog_book'::regclass AND NOT attisdropped
    UNION ALL SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = 'catalog_book'::regclass AND indisvalid AND reloptions IS NULL
    UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'catalog_book'::regclass
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prosrc = %s
    UNION ALL SELECT 'words_known' FROM pg_attribute WHERE attrelid = 'catalog_book'::regclass
        AND attname = 'words_index' AND attstattarget = {_KNOWN}"""  # noqa: S608  (names of our own)


class PostgreSQLIndex:
    tables: tuple[str, ...] = ()
    fits = "catalog_book.words_index @@ %s::tsquery"
    number = "catalog_book.id"
    found = f"catalog_book WHERE {fits}"

    def written(self, node: Node) -> str:
        match node:
            case Indexed(word, begun):
                return f"'{word}':*" if begun else f"'{word}'"
            case All(nodes):
                return f"({' & '.join(map(self.written, nodes))})"
            case Some(nodes):
                return f"({' | '.join(map(self.written, nodes))})"
            case Without(one, other):
                return f"({self.written(one)} & !{self.written(other)})"

    def holds(self) -> bool:
        return True  # the database itself makes the one of the other

    def missing(self) -> list[str]:
        """Also what is there in another form than it should have."""
        with connection.cursor() as cursor:
            cursor.execute(_THERE, [_NOTE])
            there = {name for (name,) in cursor.fetchall()}
        return [name for name in _PARTS if name not in there]

    def create(self) -> None:
        missing = self.missing()
        with connection.cursor() as cursor:
            for name in missing:
                cursor.execute(_PARTS[name])

    def add(self, first: int, last: int) -> None:
        """The database itself did so."""

    def fill(self) -> None:
        how = "" if connection.in_atomic_block else "CONCURRENTLY"
        with connection.cursor() as cursor:
            cursor.execute(f"REINDEX INDEX {how} book_by_words")
            # What was written meanwhile waits in the new one.
            cursor.execute("SELECT gin_clean_pending_list('book_by_words')")
