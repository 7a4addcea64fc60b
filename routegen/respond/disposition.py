"""Turns any file name into a `Content-Disposition` value that is safe to send and to save (RFC 6266)."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_MAX_BYTES: Final = 255
"""The longest name that common file systems take, and well within a header."""

_UNSAVABLE: Final = re.compile(r'[<>:"|?*]')
_NOT_ASCII_SAFE: Final = re.compile(r'[^\x20-\x7e]|["\\%]')
"""`%` too: some browsers decode it inside `filename=` (RFC 6266, appendix D)."""
_JOINERS: Final = "\u200c\u200d"
"""Part of the spelling of Persian, of Indian scripts and of emoji."""
_ATTR_CHARS: Final = "!#$&+-.^_`|~"  # RFC 8187 3.2.1


def content_disposition(kind: str, filename: str) -> str:
    """The header's value.

    Args:
        kind: "attachment" or "inline".
        filename: any text, also hostile: only its last path component counts, invisible and directing
            characters go.

    Returns:
        An ASCII `filename=` for everybody, and `filename*=` in UTF-8 where that lost something (RFC 6266
        4.3).
    """
    name = saved_name(filename)
    plain = _NOT_ASCII_SAFE.sub("_", name)
    value = f'{kind}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"


def saved_name(filename: str) -> str:
    """The name under which a browser may save the file: visible characters, at most 255 bytes."""
    last = re.split(r"[/\\]", filename)[-1]
    visible = "".join(_visible(character) for character in last)
    return _shortened(_UNSAVABLE.sub("_", visible).lstrip(" ").rstrip(" .")) or "download"


def _visible(character: str) -> str:
    """Nothing for a character that controls or directs (right to left), "_" for half of one."""
    category = unicodedata.category(character)
    if category == "Cs":
        return "_"
    return "" if category in {"Cc", "Cf", "Zl", "Zp"} and character not in _JOINERS else character


def _shortened(name: str) -> str:
    """The name cut in front of its extension."""
    if len(name.encode()) <= _MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}".encode()
    if not stem or len(tail) > _MAX_BYTES // 4:
        stem, tail = name, b""
    return (stem.encode()[: _MAX_BYTES - len(tail)] + tail).decode("utf-8", "ignore")
