"""Turns the files of a project into the tree of them that a terminal shows."""

from collections.abc import Iterable, Iterator, Sequence

Parts = tuple[str, ...]


def lines(files: Iterable[str], *, is_ascii: bool = False) -> list[str]:
    """The tree of these relative paths, a line a file or folder: folders first, a folder in a folder on one line."""
    middle, last, beam = ("|-- ", "`-- ", "|   ") if is_ascii else ("├── ", "└── ", "│   ")
    branches = {middle: beam, last: "    "}

    def below(paths: Sequence[Parts]) -> Iterator[str]:
        groups = _groups(paths)
        for number, (name, inner) in enumerate(groups):
            branch = last if number == len(groups) - 1 else middle
            yield f"{branch}{name}"
            yield from (f"{branches[branch]}{line}" for line in below(inner))

    return list(below([tuple(file.split("/")) for file in files]))


def _groups(paths: Sequence[Parts]) -> list[tuple[str, list[Parts]]]:
    """What stands directly in a folder: names of folders, each with what is in it, then names of files."""
    folders: dict[str, list[Parts]] = {}
    for first, *rest in paths:
        if rest:
            folders.setdefault(first, []).append(tuple(rest))
    files = sorted(path[0] for path in paths if len(path) == 1)
    return [*(_joined(name, folders[name]) for name in sorted(folders)), *((name, []) for name in files)]


def _joined(name: str, inner: list[Parts]) -> tuple[str, list[Parts]]:
    """A folder, or the path through folders that hold one thing only, as `app/api/`."""
    while len({path[0] for path in inner}) == 1 and len(inner[0]) > 1:
        name, inner = f"{name}/{inner[0][0]}", [path[1:] for path in inner]
    return f"{name}/", inner
