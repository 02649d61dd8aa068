"""How titles were folded, keyed and named when migrations 0009 and 0010 were written.

A migration does today what it did then; the rooms go on, and what they change of this a migration of its own makes anew.
"""

import re
import unicodedata

_COMBINING = re.compile("[̀-ͯ]")
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_LEADING = re.compile(r"[^\w]+")
_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_SUBTITLE = re.compile(r"\s*[:;]\s*|\s+[/=–—-]\s+")
_VOWELS = re.compile("[aeiouy]")
_REPEATED = re.compile(r"([^\W\d])\1+")
_ARTICLE = re.compile("the|an?|der|die|das|eine?|l[aeo]|les|une?|el|l[ao]s|una|il|gli|os?|as|uma?|de|het|een")
_TELLING_APART = ("language", "edition", "publisher")


def fold(text):
    if text.isascii():
        return " ".join(text.lower().split())
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", text).casefold())
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain.translate(_LETTERS))
    return " ".join(plain.split())


def twin_key(title):
    """The consonants of the main title without its article, or all of a short one (0009)."""
    words = _WORD.findall(_main(fold(title)))
    words = words[1:] if len(words) > 1 and _ARTICLE.fullmatch(words[0]) else words
    bones = "".join(_REPEATED.sub(r"\1", word[0] + _VOWELS.sub("", word[1:])) for word in words)
    return (bones if len(bones) >= 3 else "".join(words))[:60]


def _main(folded):
    bare = _BRACKETS.sub("", folded)
    bare = bare if _WORD.search(bare) else folded
    main = _SUBTITLE.split(bare, maxsplit=1)[0]
    return main if _WORD.search(main) else bare


def lost_name(before, now):
    """The name of a book that became a part of another; empty while it is found as it was (0010)."""
    if _is_found(before, now):
        return ""
    return f"isbn {before['isbn']}" if before["isbn"] else f"title {_sort_key(before['title'])}"


def _is_found(before, now):
    if before["isbn"] or now["isbn"]:
        return before["isbn"] == now["isbn"]
    return _key(before) == _key(now) and not any(_differ(before[name], now[name]) for name in _TELLING_APART)


def _key(book):
    return fold(book["title"]), fold(book["author"]), book["published_year"]


def _differ(one, other):
    return bool(one and other) and fold(one) != fold(other)


def _sort_key(text):
    folded = fold(text)
    return (_LEADING.sub("", folded, count=1) if _LEADING.match(folded) else folded)[:200] or folded[:200]
