"""Remembers what a check came to, by the content of the files and the version of the rules.

`.routegen/cache/check/<digest of the request>.json` holds for each file its stamp, the hash of its content, what was
found in it, and the files that were looked into on the way. When nothing changed, nothing is parsed.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen import __version__
from routegen.check.files import Targets
from routegen.check.outcome import Checked, checked_of

_FRESH = 2_000_000_000
"""A file that was written this shortly before the cache could be written again within the same tick."""


@dataclass(slots=True)
class Entry:
    """What is known about one file: `uses` are the hashes of the files it was checked with."""

    stamp: str = ""
    digest: str = ""
    binds: bool = False
    uses: dict[str, str] = field(default_factory=lambda: {})
    found: list[Any] | None = None


@dataclass(slots=True)
class Cache:
    """The cache of one request: a set of files, rules and settings."""

    path: Path
    key: str = ""
    context: str = ""
    whole: list[Any] | None = None
    trees: list[Any] | None = None
    entries: dict[str, Entry] = field(default_factory=lambda: {})

    def digests(self, stamps: dict[str, str]) -> dict[str, str]:
        """The hash of each file: the remembered one where its stamp is the same. None for a cache that nobody keeps."""
        found: dict[str, str] = {}
        if self.path == Path():
            return found
        for path, stamp in stamps.items():
            entry = self.entries.get(path)
            found[path] = entry.digest if entry and entry.stamp == stamp else _digest_of(path)
        return found

    def of(self, path: str, digests: dict[str, str]) -> Checked | None:
        """What was found in a file, if neither it nor what it was checked with has changed."""
        entry = self.entries.get(path)
        if entry is None or entry.found is None or entry.digest != digests.get(path):
            return None
        if any(digests.get(other) != digest for other, digest in entry.uses.items()):
            return None
        return checked_of(entry.found)

    def write(self, stamps: dict[str, str], digests: dict[str, str]) -> None:
        """Write it; a folder that cannot be written to has no cache."""
        now = time.time_ns()
        rows: dict[str, list[Any]] = {}
        for path, digest in digests.items():
            entry = self.entries.get(path, Entry())
            stamp = stamps[path]
            is_fresh = now - int(stamp.partition(":")[0] or now) < _FRESH
            rows[path] = ["" if is_fresh else stamp, digest, entry.binds, entry.uses, entry.found]
        text = json.dumps([self.key, self.context, self.whole, self.trees, rows], separators=(",", ":"))
        partial = self.path.with_suffix(f".{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            partial.replace(self.path)
        except OSError:
            partial.unlink(missing_ok=True)


def open_cache(root: Path, request: Sequence[str]) -> Cache:
    """The cache of a request in a project: what is broken or of other rules is empty."""
    name = digest([rules_version(), *request])[:20]
    cache = Cache(root / ".routegen" / "cache" / "check" / f"{name}.json")
    try:
        key, context, whole, trees, rows = json.loads(cache.path.read_bytes())
        entries = {path: Entry(*row) for path, row in rows.items()}
    except (OSError, ValueError, TypeError):
        return cache
    return Cache(cache.path, key, context, whole, trees, entries)


def digest(parts: Iterable[str]) -> str:
    """One hash of several texts."""
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _digest_of(path: str) -> str:
    try:
        with open(path, "rb", 0) as file:  # noqa: PTH123 (thousands of files: a Path costs more than the hash)
            return hashlib.blake2b(file.read(), digest_size=16).hexdigest()
    except OSError as error:
        return f"unreadable {error.errno}"


def rules_version() -> str:
    """What the rules depend on: the version, and the state of their own files."""
    home = Path(__file__).parents[1]
    parts = [__version__]
    dialects = ("handlers/python", "handlers/typescript", "handlers/libraries")
    for folder in ("check", "check/rules", "handlers", *dialects, "routes"):
        for item in sorted(os.scandir(home / folder), key=lambda item: item.name):
            if item.name.endswith((".py", ".toml")):
                status = item.stat()
                parts.append(f"{item.name}:{status.st_size}:{status.st_mtime_ns}")
    return digest(parts)


def remembered(targets: Targets, cache: Cache) -> Checked | None:
    """What the last check of the same files came to, if nothing has changed since."""
    if cache.whole is None or cache.key != whole_key(targets, cache.digests(targets.stamps)):
        return None
    return checked_of(cache.whole)


def whole_key(targets: Targets, digests: dict[str, str]) -> str:
    """The content of all files of a project in one hash."""
    return digest([*(str(tree) for tree in targets.trees), *(f"{p}={d}" for p, d in sorted(digests.items()))])
