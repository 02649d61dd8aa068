"""The floor: how fast Python can hand out rows at all. One ASGI function, one connection, orjson, no framework."""

import os
import re
import sqlite3
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg
from psycopg.rows import dict_row

COLUMNS = "id, title, author, published_year, isbn, publisher, edition, language, subjects"
ONE = re.compile(r"/api/books/(\d+)/")
ADDRESS = os.environ["BENCH_DATABASE"]


def sqlite() -> Callable[..., Any]:
    connection = sqlite3.connect(ADDRESS.removeprefix("sqlite:///"))
    connection.row_factory = lambda cursor, row: dict(zip([name for name, *_ in cursor.description], row, strict=True))
    return connection.execute


def postgres() -> Callable[..., Any]:
    connection = psycopg.connect(ADDRESS, autocommit=True, row_factory=dict_row)
    return lambda query, values: connection.execute(query.replace("?", "%s"), values)


execute = sqlite() if ADDRESS.startswith("sqlite") else postgres()


def listed(query: dict[str, list[str]]) -> Any:
    limit = int(query.get("limit", ["100"])[0])
    if "after" in query:
        rows = execute(
            f"SELECT {COLUMNS} FROM catalog_book WHERE id > ? ORDER BY id LIMIT ?", [int(query["after"][0]), limit]
        )
    elif "published_year" in query:
        year = int(query["published_year"][0])
        rows = execute(f"SELECT {COLUMNS} FROM catalog_book WHERE year_key = ? ORDER BY id LIMIT ?", [year, limit])
    else:
        order = "title_key, id" if query.get("ordering") == ["title"] else "id"
        rows = execute(f"SELECT {COLUMNS} FROM catalog_book ORDER BY {order} LIMIT ?", [limit])
    return rows.fetchall()


def one(number: int) -> Any:
    return execute(f"SELECT {COLUMNS} FROM catalog_book WHERE id = ?", [number]).fetchone()


async def app(scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    found = ONE.fullmatch(scope["path"])
    answer = one(int(found[1])) if found else listed(parse_qs(scope["query_string"].decode()))
    body = orjson.dumps(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if answer else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
