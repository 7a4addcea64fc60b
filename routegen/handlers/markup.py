"""Comments and tags of templates, found in one go: a text that opens thousands and closes none takes no longer."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BEGINS = re.compile(r"<!--|\{#|\{%-?\s*raw\b")
_OPENS = re.compile(r"\{\{|\{%")
_CLOSES = {"{{": "}}", "{%": "%}"}
_ENDS = {"<!": re.compile("-->"), "{#": re.compile(r"#\}"), "{%": re.compile(r"endraw\s*-?%\}")}


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Where each comment of HTML or Jinja starts and ends, and each `{% raw %}`; one that never ends is none."""
    at, endless = 0, set[str]()
    while (begun := _BEGINS.search(text, at)) is not None:
        kind, at = begun[0][:2], begun.end()
        if kind in endless:
            continue
        if (end := _ENDS[kind].search(text, at)) is None:
            endless.add(kind)
        else:
            at = end.end()
            yield begun.start(), at


class Tag(NamedTuple):
    """`{{ inner }}` or, as a block, `{% inner %}`; `start` is where `inner` starts, in characters."""

    is_block: bool
    start: int
    inner: str


def tags(text: str) -> Iterator[Tag]:
    """The tags of Jinja in a text without comments."""
    at, endless = 0, set[str]()
    while (begun := _OPENS.search(text, at)) is not None:
        at, closes = begun.end(), _CLOSES[begun[0]]
        if closes in endless:
            continue
        if (end := text.find(closes, at)) < 0:
            endless.add(closes)
        else:
            yield Tag(begun[0] == "{%", at, text[at:end])
            at = end + len(closes)


def without_comments(text: str) -> str:
    """The text with spaces in place of its comments: all else stands where it stood."""
    parts: list[str] = []
    last = 0
    for start, end in comments(text):
        parts += [text[last:start], re.sub(r"[^\n]", " ", text[start:end])]
        last = end
    return "".join([*parts, text[last:]])
