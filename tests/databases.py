"""Databases of a PostgreSQL, each at `<server>/<name>`."""

import psycopg


def on_the_server(url: str, statement: str) -> None:
    """An SQL statement about the database `{name}` at `url`, which need not be there yet."""
    with psycopg.connect(f"{server_of(url)}/postgres", autocommit=True) as connection:
        connection.execute(statement.format(name=name_of(url)).encode())


def is_database(url: str) -> bool:
    with psycopg.connect(f"{server_of(url)}/postgres") as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name_of(url)]).fetchone() is not None


def server_of(url: str) -> str:
    return url.rpartition("/")[0]


def name_of(url: str) -> str:
    return url.rpartition("/")[2]
