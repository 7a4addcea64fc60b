"""What is known of a stored file: the facts that callers see, and the record of them beside the file."""

import hashlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import fastapi

NAME: Final = r"^[0-9a-f]{32}\.[a-z0-9]{1,8}$"
_NAME: Final = re.compile(NAME, re.ASCII)
_LONGEST_NAME: Final = 1024

StoredName = Annotated[str, fastapi.Path(pattern=NAME, description="The name that the upload answered with")]
"""A path parameter that takes the names that uploads are given, and answers 422 to any other text."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was taken.

    `name` is ours and opens it again. `filename` is what the client called it: show it, never open it.
    `size` is in bytes, `sha256` hexadecimal, `created_at` in UTC.
    """

    name: str
    filename: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


NO_FILE: Final = StoredFile("", "", "application/json", 0, "", datetime.fromtimestamp(0, UTC))
"""What stands for the facts of what is no upload: a record."""


@dataclass(frozen=True, slots=True)
class Record:
    """A stored file and whose it is; its JSON stands beside the file, and a file without one does not exist."""

    file: StoredFile
    owner: str

    def encode(self) -> bytes:
        """As JSON."""
        facts = asdict(self.file) | {"owner": self.owner, "created_at": self.file.created_at.isoformat()}
        return json.dumps(facts).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Record":
        """From JSON. Raises ValueError or KeyError when it is none of ours."""
        facts: dict[str, Any] = json.loads(data)
        owner, created = facts.pop("owner"), datetime.fromisoformat(facts.pop("created_at"))
        return cls(StoredFile(**facts, created_at=created), owner)


def new_id() -> str:
    """32 hexadecimal digits that sort by time; 80 of the 128 bits are random, so nobody guesses one (RFC 9562 5.7)."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def is_name(text: str) -> bool:
    """Whether a text can be the name of a stored file."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether a text can be what `new_id` made."""
    return _NAME.fullmatch(f"{text}.x") is not None


def now() -> datetime:
    """This moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def owner_key(owner: object) -> str:
    """A text that tells one owner from another: the `id` of a user or principal, else the value itself."""
    return "" if owner is None else str(getattr(owner, "id", owner))


def folder_of(owner: str) -> str:
    """The folder that lists an owner's files; no text of theirs becomes part of a path."""
    return f"owners/{hashlib.sha256(owner.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def kept_filename(filename: str) -> str:
    """The client's name as it is kept: its last part, at most 1024 characters, half characters replaced."""
    last = re.split(r"[/\\]", filename)[-1]
    return last.encode("utf-8", "replace").decode()[:_LONGEST_NAME]
