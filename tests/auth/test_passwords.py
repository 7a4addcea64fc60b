"""Passwords: hashed by Argon2id, two at a time, with a bound on how many wait, and strong enough when new."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from routegen import passwords
from routegen.passwords import BusyError, Checked, check_password, hash_password, weakness

PASSWORD = "correct horse battery staple"


class Hasher:
    """A stand-in for Argon2id, which counts how many threads are in it."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()

    def hash(self, password: str) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.02)
        assert self.gate.wait(10)
        with self.lock:
            self.inside -= 1
        return f"hashed {password}"


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it does not come to this")


def test_a_password_fits_its_hash_only() -> None:
    async def run() -> None:
        stored = await hash_password(PASSWORD)
        assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and len(stored) <= 128
        assert stored != await hash_password(PASSWORD), "each has its salt"
        assert await check_password(PASSWORD, stored) == Checked(True)
        for wrong in (PASSWORD[:-1], PASSWORD + "x", PASSWORD.upper(), "", "\ud800", PASSWORD * 100):
            assert await check_password(wrong, stored) == Checked(False)
        for nobody in (None, "", "!", "hash"):
            assert await check_password(PASSWORD, nobody) == Checked(False)

    asyncio.run(run())


def test_a_weak_hash_is_replaced_once_the_password_is_known() -> None:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192),)).hash(PASSWORD)
    checked = asyncio.run(check_password(PASSWORD, weak))
    assert checked.fits and checked.rehash is not None and "m=65536" in checked.rehash
    assert asyncio.run(check_password("wrong", weak)) == Checked(False)


def test_two_are_hashed_at_a_time_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)

    async def run() -> int:
        ticks = 0
        hashes = asyncio.gather(*(hash_password(str(n)) for n in range(12)))
        while not hashes.done():
            await asyncio.sleep(0.002)
            ticks += 1
        assert await hashes == [f"hashed {n}" for n in range(12)]
        return ticks

    assert asyncio.run(run()) > 10
    assert hasher.most == 2


def test_who_would_wait_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", Hasher)

    async def run() -> list[Any]:
        return await asyncio.gather(*(hash_password(str(n)) for n in range(80)), return_exceptions=True)

    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(20))
    results = asyncio.run(run())
    assert [type(result) for result in results].count(BusyError) == 60
    assert asyncio.run(hash_password("again")) == "hashed again", "the places are free again"


def test_a_client_that_leaves_makes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher()
    hasher.gate.clear()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(2))

    async def run() -> None:
        tasks = [asyncio.create_task(hash_password(str(n))) for n in range(2)]
        await until(lambda: hasher.inside == 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(BusyError):  # both threads still hash
            await hash_password("more")
        hasher.gate.set()
        await until(lambda: passwords._places._value == 2)
        assert await hash_password("more") == "hashed more"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("password", "good"),
    [
        (PASSWORD, True),
        ("x" * 11 + "yzß", True),
        ("correct hor", False),
        ("abcd" * 3, True),
        ("a" * 40, False),
        ("ab" * 10, False),
        ("ä€ß√" * 3, True),
        ("abcd" * 256, True),
        ("abcd" * 257, False),
        ("", False),
    ],
)
def test_a_new_password_is_strong_enough(password: str, good: bool) -> None:
    reason = weakness(password)
    assert (reason is None) is good
    assert reason is None or not password or password not in reason
