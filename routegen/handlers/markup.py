"""Comments and tags of templates, found in one go: a text that opens thousands and closes none takes no longer."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_COMMENTS = re.compile(r"<!--|\{#|\{%-?\s*raw\b")
_ENDS = {"<!": re.compile("-->"), "{#": re.compile(r"#\}"), "{%": re.compile(r"endraw\s*-?%\}")}
_TAGS = re.compile(r"\{\{|\{%")
_CLOSES = {"{{": re.compile(r"\}\}"), "{%": re.compile(r"%\}")}

Enclosed = tuple[re.Match[str], re.Match[str]]
"""What opens a comment or a tag, and what closes it."""


def _enclosed(text: str, begins: re.Pattern[str], ends: Mapping[str, re.Pattern[str]]) -> Iterator[Enclosed]:
    """All that is opened and closed, by the first two characters of what opens it; what never ends is none."""
    at, endless = 0, set[str]()
    while (begun := begins.search(text, at)) is not None:
        kind, at = begun[0][:2], begun.end()
        if kind in endless:
            continue
        if (end := ends[kind].search(text, at)) is None:
            endless.add(kind)
        else:
            yield begun, end
            at = end.end()


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Where each comment of HTML or Jinja starts and ends, and each `{% raw %}`."""
    return ((begun.start(), end.end()) for begun, end in _enclosed(text, _COMMENTS, _ENDS))


class Tag(NamedTuple):
    """`{{ inner }}` or, as a block, `{% inner %}`; `start` is where `inner` starts, in characters."""

    is_block: bool
    start: int
    inner: str


def tags(text: str) -> Iterator[Tag]:
    """The tags of Jinja in a text without comments."""
    for begun, end in _enclosed(text, _TAGS, _CLOSES):
        yield Tag(begun[0] == "{%", begun.end(), text[begun.end() : end.start()])


def without_comments(text: str) -> str:
    """The text with spaces in place of its comments: all else stands where it stood."""
    parts: list[str] = []
    last = 0
    for start, end in comments(text):
        parts += [text[last:start], re.sub(r"[^\n]", " ", text[start:end])]
        last = end
    return "".join([*parts, text[last:]])
