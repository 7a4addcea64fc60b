"""Keeps deliveries of webhooks, sent and received, below `.routegen/cache`: one file each, bounded, private."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from routegen.errors import ProjectError, UsageError

FOLDER = Path(".routegen/cache/deliveries")
MOST_FILES = 500
MOST_BYTES = 64 * 1024 * 1024
_SECRET = re.compile(r"secret|token|password|signature|authorization|api[-_]?key|hmac|cookie", re.IGNORECASE)
_NONE = "send one with `routegen webhook send`, or let one come while `routegen serve` runs"


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery as it was sent, with what came back.

    `key` is the id that its headers tell, for signing it anew. Of one that was `received`, `url` is a path of the
    server, and `provider` is empty where nothing says who sent it.
    """

    provider: str
    event: str
    key: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    status: int | None
    seconds: float
    answer: bytes
    received: bool = False
    id: int = 0


def keep(root: Path, kept: Kept) -> int:
    """Write a delivery down. Returns its number; the oldest go when there are too many.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    row = {
        **asdict(kept),
        "headers": dict(kept.headers),
        "body": _text(kept.body),
        "answer": _text(kept.answer),
    }
    number = max(_numbers(folder), default=0) + 1
    while True:
        file = folder / f"{number}.json"
        try:
            file.touch(mode=0o600, exist_ok=False)
            break
        except FileExistsError:  # another process took it
            number += 1
    file.write_text(json.dumps({**row, "id": number}, indent=1), encoding="utf-8")
    _prune(folder)
    return number


def load(root: Path, number: int) -> Kept:
    """The delivery of this number.

    Raises:
        UsageError: there is none.
        ProjectError: its file cannot be read.
    """
    file = root / FOLDER / f"{number}.json"
    try:
        return _read(file)
    except FileNotFoundError:
        known = sorted(_numbers(root / FOLDER))
        kept = f"kept are {known[0]} to {known[-1]}: see `routegen webhook list`" if known else _NONE
        raise UsageError(f"there is no delivery `{number}`", hint=kept) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ProjectError(f"`{file}` cannot be read: {error}", hint="delete it") from error


def latest(root: Path, limit: int) -> list[Kept]:
    """The last deliveries, the latest first; what cannot be read is left out."""
    found: list[Kept] = []
    for number in sorted(_numbers(root / FOLDER), reverse=True)[:limit]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            found.append(_read(root / FOLDER / f"{number}.json"))
    return found


def masked(value: Any, name: str = "", *, texts_only: bool = False) -> Any:
    """A payload or headers with the values of whatever is called like a secret hidden; of texts only, if so asked."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: masked(member, key, texts_only=texts_only) for key, member in members.items()}
    if isinstance(value, list):
        return [masked(member, name, texts_only=texts_only) for member in cast("list[Any]", value)]
    hides = bool(_SECRET.search(name)) and value not in (None, "", True, False)
    return "***" if hides and (isinstance(value, str) or not texts_only) else value


def masked_form(body: bytes) -> str:
    """A body that is no JSON, as text, with the values of form fields that are called like a secret hidden."""
    text = body.decode("utf-8", "replace")
    return re.sub(r"([^&=\s]+)=([^&\s]*)", lambda m: f"{m[1]}=***" if _SECRET.search(m[1]) else m[0], text)


def _read(file: Path) -> Kept:
    row: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    row |= {"body": _bytes(row["body"]), "answer": _bytes(row["answer"])}
    return Kept(**row)


def _numbers(folder: Path) -> list[int]:
    return (
        [int(file.stem) for file in folder.glob("*.json") if file.stem.isdigit()] if folder.is_dir() else []
    )


def _prune(folder: Path) -> None:
    total = 0
    for place, number in enumerate(sorted(_numbers(folder), reverse=True)):
        file = folder / f"{number}.json"
        with suppress(FileNotFoundError):  # another process was faster
            total += file.stat().st_size
            if place >= MOST_FILES or (place and total > MOST_BYTES):
                file.unlink()


def _text(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(text: str | dict[str, str]) -> bytes:
    return text.encode() if isinstance(text, str) else base64.b64decode(text["base64"])
