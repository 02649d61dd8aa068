"""What others know about a book by its ISBN: asked politely, believed little, kept in the database."""
