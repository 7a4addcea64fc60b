"""Turns a path that came from outside into the file below a root, or into none."""

import errno
import logging
import os
import re
import stat
from pathlib import Path
from typing import Final

log = logging.getLogger("routegen")

_WINDOWS: Final = os.name == "nt"
_DEVICE: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\xb9\xb2\xb3])[ ]*(?:\..*)?", re.IGNORECASE
)
_ABSENT: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.EACCES}
)


def stays_below(path: str, *, windows: bool = _WINDOWS) -> bool:
    """Whether a path, by its text alone, names a file below where it starts.

    Args:
        path: with `/` (on Windows also `\\`) between its parts.
        windows: judge as Windows does, where drives, streams (`a.txt:x`), devices (`NUL.txt`) and names
            that end in a dot or a space mean another file than they say. Elsewhere these are ordinary
            names.
    """
    if not path or "\0" in path or path[0] in "/\\" or path.endswith("/"):
        return False
    parts = re.split(r"[/\\]" if windows else "/", path)
    return ".." not in parts and not (windows and any(_means_another(part) for part in parts))


def find_file(root: str | os.PathLike[str], path: str) -> tuple[Path, os.stat_result] | None:
    """The regular file at `path` below `root`, links followed, with its facts; None when there is none.

    A link inside the root that leads out of it is none. Blocks, so it belongs into a thread.

    Raises:
        OSError: the disk fails, or too many files are open.
    """
    try:
        top = Path(root).resolve(strict=True)
        found = (top / path).resolve(strict=True)
        facts = found.stat()
        readable = os.access(found, os.R_OK)
    except (ValueError, RuntimeError):  # no such name in the file system's encoding; links in a circle
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    if not found.is_relative_to(top) or not stat.S_ISREG(facts.st_mode):
        return None
    if not readable:
        log.warning("No permission to read %s", found)
        return None
    return found, facts


def _means_another(part: str) -> bool:
    renamed = part != "." and part[-1:] in {" ", "."}
    return ":" in part or renamed or _DEVICE.fullmatch(part) is not None
