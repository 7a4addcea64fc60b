"""The decision that all of this is about: a route handler only where a server action won't do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of caller: what serves it, why, and the command that writes it."""

    need: str
    use: str
    because: str
    command: str


_HANDLER, _ACTION, _FUNCTION = "route handler", "server action", "function"

TABLE = (
    Row(
        "another service calls you (webhook)",
        _HANDLER,
        "it signs bytes, and knows no page",
        "add webhook stripe",
    ),
    Row("third parties use your API", _HANDLER, "a URL, a schema, versions", "add crud users name:str"),
    Row("programs read one thing", _HANDLER, "a GET that can be cached", "add dynamic posts/[slug]"),
    Row("files come in or go out", _HANDLER, "limits, ranges, resumption", "add upload avatars"),
    Row("an answer that goes on (stream, events)", _HANDLER, "it stays open", "add stream ticks"),
    Row("a program asks for what is one user's", _HANDLER, "a token or a key", "add protected account"),
    Row(
        "a form of your own page",
        _ACTION,
        "origin checked, errors beside the fields",
        "add action contact name:str",
    ),
    Row("your own page changes data", _ACTION, "no second public address", "add action settings name:str"),
    Row("a search form of your own page", "page", "GET: it can be linked", "add page search"),
    Row("code of your own server", _FUNCTION, "no round trip, types are kept", ""),
)
"""What speaks for which, the handler's cases first."""
