"""Paths as the reader of a report wants them, and the identity of each finding among all."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from routegen.check.finding import Finding


def shown(path: Path, root: Path) -> str:
    """A path as a reader wants it: relative where that is shorter."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else os.fspath(path)


def uri(path: Path, root: Path) -> str:
    """A path as the URI reference of RFC 3986: brackets, blanks and `%` are escaped."""
    return quote(shown(path, root)) if path.is_relative_to(root) else path.as_uri()


def repository(folder: Path) -> Path:
    """The top of the repository around `folder`; itself where there is none."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def fingerprints(findings: Iterable[Finding], root: Path) -> Iterator[tuple[Finding, str]]:
    """Each finding with a hash that stays when lines move, and that no two of them share."""
    times: Counter[str] = Counter()
    for finding in findings:
        parts = (finding.code, shown(finding.path, root), finding.handler, finding.digest)
        key = "\0".join(parts if finding.digest else (*parts, finding.message))
        times[key] += 1
        yield finding, hashlib.sha256(f"{key}\0{times[key]}".encode()).hexdigest()[:32]
