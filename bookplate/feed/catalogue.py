"""The catalogue of events in words: for docs/events.md, the description of the API, and who chooses among them."""

from bookplate.core.events import Kind, kinds


def whose(kind: Kind) -> str:
    """Who may hear of it."""
    member = ", and the member concerned" if kind.tells_member else ""
    return ("whoever may see the copy" if "copy" in kind.fields else _of_audiences(kind)) + member


def _of_audiences(kind: Kind) -> str:
    *most, last = [audience.label for audience in kind.audiences]
    return f"{', '.join(most)} or {last}" if most else last


def choices() -> list[tuple[str, str]]:
    """For a field that holds a type."""
    return [(kind.type, kind.did) for kind in kinds()]


def table() -> str:
    """In Markdown, as docs/events.md has it."""
    rows = [f"| `{kind.type}` | {kind.did} | {', '.join(_fields(kind))} | {whose(kind)} |" for kind in kinds()]
    head = ["| type | somebody or the server … | with | told to |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _fields(kind: Kind) -> list[str]:
    return [f"`{name}`" for name in kind.fields]
