"""Which files were looked into for one file: what is shared between files leads on to the files it was made from."""

from collections import defaultdict


class Trail:
    """The files that were looked into since the last start, and those that each of them ever led to."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._led: dict[str, set[str]] = defaultdict(set)

    def start(self) -> None:
        """Forget what was looked into, not what led where: nobody looks twice for what is known."""
        self._used.clear()

    def looked(self, path: str, importer: str = "") -> None:
        """A file was looked into, because `importer` imports it."""
        self._used.add(path)
        if importer:
            self._led[importer].add(path)

    def files(self, path: str) -> set[str]:
        """All that a file was checked with, itself left out."""
        found: set[str] = set()
        todo = [path, *self._used]
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += self._led.get(each, ())
        return found - {path}
