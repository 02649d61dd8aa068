"""What somebody typed, read: words, "phrases", -not, author:, title:, subject:, year:. What is odd is just words."""

import re
from dataclasses import dataclass, replace

from bookplate.catalog import isbn
from bookplate.catalog.search import tokens, words
from bookplate.catalog.search.tokens import Piece
from bookplate.catalog.search.words import Mark

# More words narrow nothing down but cost a look into the index each.
MOST_WORDS = 24
ANYWHERE = (Mark.TITLE, Mark.AUTHOR, Mark.OTHER)
FIELDS = {"title": Mark.TITLE, "author": Mark.AUTHOR, "subject": Mark.OTHER}
_QUOTES = str.maketrans("“”„«»＂", '""""""')
_PART = re.compile(
    r"""(?:^|(?<=\s))(?P<minus>-)?(?:(?P<field>title|author|subject):)?"(?P<phrase>[^"]*)"(?=\s|$)
    | (?:^|(?<=\s))year:(?P<years>-?\d{1,4}|(?P<first>-?\d{1,4})?\.\.(?P<last>-?\d{1,4})?)(?=\s|$)
    | (?:^|(?<=\s))(?P<not>-)?(?:(?P<of>title|author|subject):)?(?P<word>[^\s"]+)
    | (?P<rest>[^\s"]+)""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Term:
    """What has to stand, as it is or begun, in one of the places `marks`."""

    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...] = ANYWHERE
    is_phrase: bool = False
    is_begun: bool = False
    """Whether the beginning of the last word will do."""
    start: int = 0
    end: int = 0
    """Where in the text it was typed."""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for piece in self.pieces for word in piece.words)


@dataclass(frozen=True)
class Query:
    text: str
    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    besides: tuple[Term, ...] = ()
    """What has to be there whatever else is looked for; it was not typed as part of the text."""
    first_year: int | None = None
    last_year: int | None = None
    is_plain: bool = True
    """Just words, which may as well be a whole title."""

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    def with_besides(self, *terms: Term) -> "Query":
        return replace(self, besides=terms) if terms else self

    @property
    def begun(self) -> Term | None:
        """The last word, of which perhaps only the beginning is typed yet."""
        last = self.wanted[-1] if self.wanted else None
        return last if last and not last.is_phrase and last.end == len(self.text.rstrip()) else None

    @property
    def has_several_words(self) -> bool:
        return sum(len(term.words) for term in self.wanted + self.besides) > 1

    @property
    def says_more(self) -> bool:
        """Than the index can answer alone."""
        return bool(self.unwanted) or any(term.is_phrase for term in self.wanted)

    @property
    def has_years(self) -> bool:
        return self.first_year is not None or self.last_year is not None


def read(text: str) -> Query:
    text = clean(text)
    if number := _as_isbn(text):
        return Query(text, (Term((Piece((number,)),), (Mark.OTHER,), end=len(text)),), is_plain=False)
    wanted: list[Term] = []
    unwanted: list[Term] = []
    years: tuple[int | None, int | None] = (None, None)
    for part in _PART.finditer(text.translate(_QUOTES)):
        if part["years"]:
            years = _years(part)
            continue
        left_out = bool(part["minus"] or part["not"])
        if term := _term(part):
            (unwanted if left_out else wanted).append(term)
    wanted = _with_initials(_up_to_most(wanted))
    plain = not unwanted and years == (None, None) and all(t.marks == ANYWHERE and not t.is_phrase for t in wanted)
    return Query(text, tuple(wanted), tuple(_up_to_most(unwanted)), (), *years, is_plain=plain)


def clean(text: str) -> str:
    """Without what no database takes."""
    return text.encode(errors="replace").decode().replace("\0", " ")


def words_of(text: str, mark: Mark) -> tuple[Term, ...]:
    """All words of `text`, which have to stand in one place; the last may be only begun."""
    terms = [term for each in text.split() if (term := _of(each, (mark,)))]
    terms = _with_initials(_up_to_most(terms))
    return (*terms[:-1], replace(terms[-1], is_begun=True)) if terms else ()


def heading(subject: str) -> tuple[Term, ...]:
    """One of the subjects, as a whole."""
    word = words.heading(subject)
    return (Term((Piece((word[1:],)),), (Mark.HEADING,)),) if word[1:] else ()


def _of(text: str, marks: tuple[Mark, ...]) -> Term | None:
    found = tuple(piece for piece in tokens.pieces(text) if piece.words)
    return Term(found, marks) if found else None


def _years(part: "re.Match[str]") -> tuple[int | None, int | None]:
    if ".." not in part["years"]:
        return int(part["years"]), int(part["years"])
    return tuple(int(year) if year else None for year in (part["first"], part["last"]))  # type: ignore[return-value]


def _term(part: "re.Match[str]") -> Term | None:
    kind = next(name for name in ("phrase", "word", "rest") if part[name] is not None)
    text, field = part[kind], (part["field"] or part["of"] or "").lower()
    marks = (FIELDS[field],) if field else ANYWHERE
    if kind != "phrase" and (number := _as_isbn(text)):
        return Term((Piece((number,)),), (Mark.OTHER,), start=part.start(), end=part.end())
    pieces = tuple(piece for piece in tokens.pieces(text) if piece.words)
    several = sum(len(piece.words) for piece in pieces) > 1
    start = part.start(kind)
    return Term(pieces, marks, kind == "phrase" and several, start=start, end=part.end()) if pieces else None


def _with_initials(terms: list[Term]) -> list[Term]:
    """`J. R. R.` as the one piece that it is in the index."""
    found: list[Term] = []
    for term in terms:
        before = found[-1] if found else None
        if before and before.marks == term.marks and all(map(_is_initials, (before, term))):
            words = before.words + term.words
            found[-1] = replace(before, pieces=(Piece(words, ("".join(words)[: tokens.LONGEST],)),), end=term.end)
        else:
            found.append(term)
    return found


def _is_initials(term: Term) -> bool:
    return not term.is_phrase and all(len(word) == 1 and word.isalpha() for word in term.words)


def _up_to_most(terms: list[Term]) -> list[Term]:
    """Those up to the `MOST_WORDS`th word."""
    kept, left = [], MOST_WORDS
    for term in terms:
        pieces = []
        for piece in term.pieces:
            if left > 0:
                pieces.append(Piece(piece.words[:left], piece.joined[:left]))
                left -= len(piece.words)
        if pieces:
            kept.append(replace(term, pieces=tuple(pieces)))
    return kept


def _as_isbn(text: str) -> str | None:
    try:
        return isbn.normalise(text) if any(map(str.isdigit, text)) else None
    except isbn.BadISBN:
        return None
