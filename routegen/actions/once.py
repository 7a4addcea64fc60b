"""One-time tokens against double submits: a form is taken once, by whichever process it reaches on this host."""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from routegen.actions.signing import sign, verify

FOLDER: Final = ".routegen/cache/once"
_KEPT: Final = 24 * 3600  # seconds after which a token is no longer remembered, and no longer taken
_MANY: Final = 1000  # remembered tokens, above which old ones are looked for


def issue(root: Path, action: str) -> str:
    """A new token for a form of this action. Raises ProjectError without a key."""
    return sign(root, f"once {action}", f"{int(time.time())}-{secrets.token_urlsafe(16)}")


def is_genuine(root: Path, action: str, token: str) -> bool:
    """Whether a token was issued for this action, within the last day."""
    text = verify(root, f"once {action}", token)
    issued = (text or "").partition("-")[0]
    return issued.isdigit() and time.time() - int(issued) < _KEPT


class Submission:
    """The use of one token: begun once, then finished with where the first one went, or given back."""

    def __init__(self, root: Path, token: str) -> None:
        self._file = root / FOLDER / hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

    def begin(self) -> bool:
        """Take the token; False when it is taken already. The file system decides, so workers agree."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        _sweep(self._file.parent)
        return True

    def finish(self, location: str) -> None:
        """Remember where the first submit went: the second one is sent there too."""
        self._file.write_text(location, encoding="utf-8")

    def give_back(self) -> None:
        """The action did nothing: the form may be sent again."""
        self._file.unlink(missing_ok=True)

    @property
    def location(self) -> str:
        """Where the first submit went; empty as long as it runs."""
        try:
            return self._file.read_text(encoding="utf-8")
        except OSError:
            return ""


def _sweep(folder: Path) -> None:
    with os.scandir(folder) as entries:
        files = list(entries)
    if len(files) > _MANY:
        for file in files:
            with suppress(OSError):  # another process sweeps too
                if time.time() - file.stat().st_mtime > _KEPT:
                    os.unlink(file.path)  # noqa: PTH108  (an entry of the folder, not a Path)
