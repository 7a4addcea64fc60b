"""Turns text from anywhere into text that is safe to print: control characters visible, length bounded."""

import re
import unicodedata

# C0 and C1 controls, invisible and bidirectional marks, line separators, lone surrogates, tags.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

RED, GREEN, YELLOW, CYAN, MAGENTA, BOLD, DIM = "31", "32", "33", "36", "35", "1", "2"


def visible(text: str, *, keep: str = "") -> str:
    """The text with what acts instead of being seen written out (`\\x1b`, `\\u202e`); `keep` is left."""

    def spell(match: "re.Match[str]") -> str:
        char = match[0]
        code = ord(char)
        if char in keep:
            return char
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return _UNSAFE.sub(spell, text)


def cut(text: str, length: int) -> str:
    """At most `length` characters; `…` is the last one when some were left out."""
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


def paint(text: str, *codes: str, color: bool) -> str:
    """The text in ANSI colours, or as it is."""
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if color and text else text


def blank(text: str) -> str:
    """As much empty space as the text takes in a terminal: tabs stay, wide characters count twice."""
    return "".join(
        "\t" if char == "\t" else "  " if unicodedata.east_asian_width(char) in "WF" else " " for char in text
    )


def size(count: int) -> str:
    """A number of bytes for people: `812 B`, `45.1 kB`, `12.0 MB`."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95 or unit == "GB":
            break
    return f"{value:.1f} {unit}"
