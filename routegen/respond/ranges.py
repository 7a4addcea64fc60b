"""Turns a `Range` header into the ranges to send (RFC 9110 14)."""

import re
from typing import Final

_SPEC: Final = re.compile(r"[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t]*", re.ASCII)
_MAX_RANGES: Final = 100
"""More are an attack (RFC 9110 17.15) and ignored."""
_MAX_DIGITS: Final = 18


class Unsatisfiable(Exception):
    """A valid header, but no range of it lies within the file: 416."""


def wanted_ranges(header: str, size: int) -> list[tuple[int, int]]:
    """The ranges a client asks for.

    Args:
        header: the value of `Range`.
        size: the length of the file in bytes.

    Returns:
        First and last byte of each range that lies within the file, in the order asked for; none when the
        header is to be ignored: another unit (14.2), not the grammar, a last byte before the first, too
        many ranges.

    Raises:
        Unsatisfiable: no range lies within the file.
    """
    unit, equals, specs = header.partition("=")
    parts = [part for part in specs.split(",") if part.strip(" \t")]
    if unit.strip().lower() != "bytes" or not equals or not 0 < len(parts) <= _MAX_RANGES:
        return []
    ranges: list[tuple[int, int] | None] = []
    for part in parts:
        match = _SPEC.fullmatch(part)
        if match is None or max(map(len, match.groups(""))) > _MAX_DIGITS:
            return []
        first, last, suffix = match.groups("")
        if last and int(last) < int(first):
            return []
        ranges.append(_clipped(first, last, suffix, size))
    satisfiable = [found for found in ranges if found is not None]
    if not satisfiable:
        raise Unsatisfiable
    return satisfiable


def _clipped(first: str, last: str, suffix: str, size: int) -> tuple[int, int] | None:
    if suffix:
        return (max(size - int(suffix), 0), size - 1) if int(suffix) and size else None
    return (int(first), min(int(last or size - 1), size - 1)) if int(first) < size else None
