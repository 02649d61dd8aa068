"""JSON from people we do not know: what is taken, and what is wrong with the rest (G29)."""

import time
from typing import Any

import pytest

from bookplate.core import json
from bookplate.core.json import BadJSON

GOOD: dict[bytes, Any] = {
    b"{}": {},
    b" [1, -2, 3.5, 1e3, true, false, null] ": [1, -2, 3.5, 1000.0, True, False, None],
    b'{"a": {"b": [{"c": "d"}]}}': {"a": {"b": [{"c": "d"}]}},
    b'"a \\"quoted\\" [{[{ text"': 'a "quoted" [{[{ text',
    '"漢字 é 😀"'.encode(): "漢字 é 😀",
    b'"\\ud83d\\ude00"': "😀",
    b'{"a": {"x": 1}, "b": {"x": 2}}': {"a": {"x": 1}, "b": {"x": 2}},
    b"9" * 30: 10**30 - 1,
    b"-0": 0,
    b"[" * 32 + b"]" * 32: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
}


@pytest.mark.parametrize("body", GOOD)
def test_a_good_document(body: bytes) -> None:
    assert json.loads(body) == GOOD[body]


CHARACTER = "A text holds a character that cannot be stored (NUL or half of a surrogate pair)."
BAD: dict[bytes, str] = {
    b"": "The body is not JSON: Expecting value at line 1, column 1.",
    b"{'a': 1}": "The body is not JSON: Expecting property name enclosed in double quotes at line 1, column 2.",
    b'{"a": 1}\n x': "The body is not JSON: Extra data at line 2, column 2.",
    b'{"a": 1, "a": 1}': "The body names a field twice.",
    b'[{"b": {"a": 1, "\\u0061": 2}}]': "The body names a field twice.",
    b"NaN": "NaN is not JSON.",
    b"[Infinity]": "Infinity is not JSON.",
    b'{"a": -Infinity}': "-Infinity is not JSON.",
    b"1e400": "A number is too large.",
    b"-1e400": "A number is too large.",
    b"9" * 31: "A number has more than 30 digits.",
    b"9" * 5000: "A number has more than 30 digits.",
    b"[" * 33 + b"]" * 33: "The body is nested more than 32 deep.",
    b'{"a":' * 33 + b"1" + b"}" * 33: "The body is nested more than 32 deep.",
    b'"a\\u0000b"': CHARACTER,
    b'{"a\\u0000": 1}': CHARACTER,
    b'[["\\ud800"]]': CHARACTER,
    b'{"a": {"\\udfff": 1}}': CHARACTER,
    b'"\\ude00\\ud83d"': CHARACTER,
    b'"a\xffb"': "The body is not UTF-8: byte 2 is wrong.",
    b'"\xed\xa0\x80"': "The body is not UTF-8: byte 1 is wrong.",
    b"\xef\xbb\xbf{}": "The body is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at line 1, column 1.",
}


@pytest.mark.parametrize("body", BAD)
def test_a_bad_document_is_told_what_is_wrong(body: bytes) -> None:
    with pytest.raises(BadJSON) as refused:
        json.loads(body)
    assert str(refused.value) == BAD[body]


@pytest.mark.parametrize(
    "body",
    [b"[" * 1_000_000, b'"' + b"\\" * 999_999, b'"' * 999_999, b'{"":' * 250_000, b"-" * 1_000_000, b"1" * 1_000_000],
)
def test_a_megabyte_of_anything_is_refused_at_once(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(BadJSON):
        json.loads(body)
    assert time.process_time() - began < 1
