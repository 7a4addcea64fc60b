"""Hashes and checks passwords with Argon2id, in threads of their own, two at a time.

One hash takes 64 MiB and about a tenth of a second (RFC 9106 4, the second recommended option): on the event loop it
would stop every other request, in an unbounded pool it would take all memory. So two run at once, some wait, and what
comes on top is refused. Passwords are taken exactly as they are (ASVS 5.0, 6.2.8).

    hash_password    the hash to store
    check_password   whether a password fits a stored hash; equally slow when there is none
    weakness         why a new password is not good enough
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from pwdlib import PasswordHash

AT_ONCE: Final = 2
"""How many hashes are computed at a time: 128 MiB."""

WAITING: Final = 64
"""How many may wait or run; one more is refused, since it would wait for seconds."""

SHORTEST: Final = 12
"""Characters of a new password, at least: ASVS 5.0, 6.2.1 demands 8 and recommends 15."""

LONGEST: Final = 1024
"""Characters of any password, at most: ASVS 5.0, 6.2.9 demands that 64 are possible."""

T = TypeVar("T")


class BusyError(Exception):
    """So many passwords are being checked that this one would wait too long. Answer 503."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a check. `rehash` is what to store instead, when the stored hash is weaker than today's."""

    fits: bool
    rehash: str | None = None


async def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its salt and parameters in it; at most 128 ASCII characters.

    Raises:
        BusyError: too many are waiting.
        ValueError: the password holds a lone surrogate, which has no UTF-8.
    """
    return await _in_pool(lambda: _hasher().hash(password))


async def check_password(password: str, stored: str | None) -> Checked:
    """Whether a password fits the stored hash, taking the same time in every case but success (ASVS 5.0, 6.3.8).

    Args:
        password: as the caller sent it; anything at all.
        stored: the user's hash; None for a user that does not exist, or whose hash cannot be read: then a hash of
            nobody is checked, which costs as much.

    Raises:
        BusyError: too many are waiting.
    """
    return await _in_pool(lambda: _check(password, stored))


def weakness(password: str) -> str | None:
    """Why a new password is not good enough, as a sentence without a period; None when it is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters, this one has {len(password)}"
    if len(set(password)) < 4:
        return "a password of one to three different characters is easily guessed"
    return None


def _check(password: str, stored: str | None) -> Checked:
    from pwdlib.exceptions import PwdlibError

    nobody = _hash_of_nobody()  # first of all, so that the first check of the process is slow for everyone
    try:
        secret = password[:LONGEST].encode()
    except UnicodeEncodeError:  # a lone surrogate: in nobody's password
        secret, stored = b"", None
    try:
        fits, rehash = _hasher().verify_and_update(secret, stored or nobody)
    except PwdlibError:
        fits, rehash = _hasher().verify(secret, nobody), None
    return Checked(
        fits and stored is not None and len(password) <= LONGEST, rehash if fits and stored else None
    )


@cache
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash

    return PasswordHash.recommended()


@cache
def _hash_of_nobody() -> str:
    import secrets

    return _hasher().hash(secrets.token_bytes(32))


_places = BoundedSemaphore(WAITING)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")


async def _in_pool(work: Callable[[], T]) -> T:
    if not _places.acquire(blocking=False):
        raise BusyError
    future = _pool().submit(work)
    # Given back by the thread: a client that leaves does not stop the hash, and must not make room for the next
    future.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(future)
