"""Turns the parts of a form, as they come, into files on their way to the storage and into text fields."""

from collections.abc import Callable
from typing import Final

from fastapi import HTTPException

from routegen.uploads.form import Part
from routegen.uploads.intake import Intake
from routegen.uploads.refusals import malformed, too_much

MAX_FIELD: Final = 64 * 1024
"""Bytes of one text field."""


class Reading:
    """A form while it is read: which part is on, and what became of those before."""

    def __init__(
        self, begin_file: Callable[[str], Intake], field: str | None, *, max_files: int, max_fields: int
    ) -> None:
        self._begin_file = begin_file
        self._field = field
        self._max_files = max_files
        self._max_fields = max_fields
        self.intakes: list[Intake] = []
        self._fields: list[tuple[str, bytearray]] = []
        self._target: Intake | bytearray | None = None

    def begin(self, part: Part) -> None:
        """A part begins: a file, a text field, or something to read over."""
        self._target = None
        if part.filename:
            if self._field in (None, part.name):
                if len(self.intakes) >= self._max_files:
                    raise HTTPException(422, f"The form has more than {self._max_files} file(s)")
                self._target = self._begin_file(part.filename)
                self.intakes.append(self._target)
        elif part.filename is None:  # an empty one is a file input that was left empty
            self._target = bytearray()
            self._fields.append((part.name, self._target))
            if len(self._fields) > self._max_fields:
                raise too_much("too many fields")

    async def take(self, chunk: bytes) -> None:
        """Some bytes of the part."""
        if isinstance(self._target, Intake):
            await self._target.write(chunk)
        elif self._target is not None:
            self._target += chunk
            if len(self._target) > MAX_FIELD:
                raise too_much(f"a field of more than {MAX_FIELD} bytes")

    def texts(self) -> dict[str, list[str]]:
        """The text fields by name."""
        found: dict[str, list[str]] = {}
        for name, data in self._fields:
            try:
                found.setdefault(name, []).append(data.decode())
            except UnicodeDecodeError:
                raise malformed("a field is not UTF-8") from None
        return found
