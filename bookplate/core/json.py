"""Read JSON as strictly as RFC 8259 and I-JSON (RFC 7493) ask, from people we do not know.

The standard library takes duplicate keys, `NaN`, lone surrogates and any depth; each of them
ends in a wrong record or a crash somewhere behind.
"""

import json
import re
from typing import Any

DEEPEST = 32
LONGEST_NUMBER = 30
# Possessive, and content with a string that never ends: linear in the body whatever it holds.
_NESTING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class BadJSON(ValueError):
    """The text says what is wrong with the document."""


def loads(body: bytes) -> Any:
    """The value in a UTF-8 JSON document; raises `BadJSON`."""
    _check_depth(body)
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_once_each, parse_constant=_refuse, parse_int=_int, parse_float=_float
        )
    except UnicodeDecodeError as error:
        raise BadJSON(f"The body is not UTF-8: byte {error.start} is wrong.") from None
    except json.JSONDecodeError as error:
        raise BadJSON(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    _check_text(value)
    return value


def _check_depth(body: bytes) -> None:
    depth = 0
    for token in _NESTING.finditer(body):
        if token[0] in b"[{":
            depth += 1
        elif token[0] in b"]}":
            depth -= 1
        if depth > DEEPEST:
            raise BadJSON(f"The body is nested more than {DEEPEST} deep.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise BadJSON("The body names a field twice.")
    return names


def _refuse(word: str) -> Any:
    raise BadJSON(f"{word} is not JSON.")


def _int(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise BadJSON(f"A number has more than {LONGEST_NUMBER} digits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise BadJSON("A number is too large.")
    return value


def _check_text(value: Any) -> None:
    """No NUL (PostgreSQL cannot store it) and no half of a surrogate pair (UTF-8 cannot)."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise BadJSON("A text holds a character that cannot be stored (NUL or half of a surrogate pair).")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
