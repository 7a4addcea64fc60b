"""Turns a template such as `v0:{timestamp}:{body}` into parts, and parts plus a way to look values up into bytes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

KINDS: Final = frozenset(
    {
        "body", "decoded-url", "entry", "header", "hmac", "id", "json", "method", "params", "secret",
        "sha256", "signature", "timestamp", "type", "url",
    }
)  # fmt: skip
"""What may stand in braces; `header:NAME`, `json:a.b`, `entry:t=` and `hmac:a.b` take an argument."""

WITH_ARGUMENT: Final = frozenset({"entry", "header", "hmac", "json"})

_TOKEN: Final = re.compile(r"\{([a-z0-9-]+)(?::([^{}]+))?\}")


class TemplateError(ValueError):
    """A template names something that does not exist."""


@dataclass(frozen=True, slots=True)
class Token:
    """A value to look up: `{json:data.id}` is the kind `json` with the argument `data.id`."""

    kind: str
    argument: str = ""


Resolve = Callable[[Token], bytes | None]
"""Gives the bytes of a token, or None where the delivery has no such value."""


@dataclass(frozen=True, slots=True)
class Template:
    """Literal bytes and tokens in turn; `text` is what was written, `kinds` are those of its tokens."""

    text: str
    parts: tuple[bytes | Token, ...]
    kinds: frozenset[str]

    def mentions(self, *kinds: str) -> bool:
        """Whether a token of one of these kinds is part of it."""
        return not self.kinds.isdisjoint(kinds)

    def render(self, resolve: Resolve) -> bytes | None:
        """The bytes, or None when a token has no value."""
        pieces: list[bytes] = []
        for part in self.parts:
            piece = part if isinstance(part, bytes) else resolve(part)
            if piece is None:
                return None
            pieces.append(piece)
        return b"".join(pieces)


def parse(text: str) -> Template:
    """The template that `text` spells.

    Raises:
        TemplateError: an unknown token, one without its argument, or a brace that belongs to none.
    """
    parts: list[bytes | Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts += _literal(text[end : match.start()], text)
        parts.append(_token(match[1], match[2] or "", text))
        end = match.end()
    parts += _literal(text[end:], text)
    return Template(text, tuple(parts), frozenset(part.kind for part in parts if isinstance(part, Token)))


def _token(kind: str, argument: str, text: str) -> Token:
    if kind not in KINDS:
        raise TemplateError(f"`{{{kind}}}` in `{text}` is none of {', '.join(sorted(KINDS))}")
    if (kind in WITH_ARGUMENT) is not bool(argument):
        needs = "needs an argument" if kind in WITH_ARGUMENT else "takes no argument"
        raise TemplateError(f"`{{{kind}}}` in `{text}` {needs}")
    return Token(kind, argument)


def _literal(text: str, whole: str) -> list[bytes | Token]:
    if "{" in text or "}" in text:
        raise TemplateError(f"`{whole}` has a brace that belongs to no token")
    return [text.encode()] if text else []
