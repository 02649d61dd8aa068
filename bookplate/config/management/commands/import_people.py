"""`import_people FILE`: bring members, open loans or holds in; the same as `import_books`, which tells any list."""

from bookplate.config.management.commands import import_books


class Command(import_books.Command):
    help = "Bring members, open loans or holds in from another system's CSV, in this order; the columns tell which."
