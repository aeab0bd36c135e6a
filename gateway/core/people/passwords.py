"""Passwords: which may be chosen, and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from gateway.core.errors import Invalid, TooSoon

Made = TypeVar("Made")

SHORTEST = 10  # characters
LONGEST = 128
_FEWEST_DIFFERENT = 5
_LEAST_OF_ONES_OWN = 6
# what is tried first: the words everybody takes, and those of this hotline
_TRIED_FIRST = ("password", "passw0rd", "qwerty", "admin", "hotline", "dongguan", "1234567890", "12345678", "12345")
_EASILY_READ = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_WAITING = 40  # checks in a row that a person would still wait for


def check(password: str, username: str) -> None:
    """Raises `Invalid` for a password that would soon be guessed."""
    plain = normal(password).casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"密码要有 {SHORTEST} 到 {LONGEST} 个字符")
    if len(set(plain)) < _FEWEST_DIFFERENT:
        raise Invalid(f"密码里至少要有 {_FEWEST_DIFFERENT} 个不同的字符")
    rest = plain
    for known in (username, *_TRIED_FIRST):
        rest = rest.replace(known, "")
    if len(rest) < _LEAST_OF_ONES_OWN:
        raise Invalid("密码太容易被猜到，请不要只用用户名、热线号码或常见的词")


def normal(password: str) -> str:
    """The same whether a Chinese input method wrote full-width or plain characters."""
    return unicodedata.normalize("NFKC", password)


def temporary() -> str:
    """A password to be told once and changed at once: 79 bits, easily read out."""
    return "-".join("".join(secrets.choice(_EASILY_READ) for _ in range(4)) for _ in range(4))


class Passwords:
    """Makes and checks hashes beside the event loop, two at a time: each takes a processor and 64 MiB for a moment.

    hasher: its parameters are today's; what was kept under others is made anew at the next sign-in."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(2)
        self._waiting = 0
        self._decoy = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """Raises `TooSoon` when too many wait."""
        return await self._in_turn(self._hasher.hash, normal(password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the one that is kept. With none kept it takes as long, and is not. Raises `TooSoon`."""
        return await self._in_turn(self._is, kept or self._decoy, normal(password)) and kept is not None

    def is_outdated(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)

    def _is(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[..., Made], *given: str) -> Made:
        if self._waiting >= _WAITING:
            raise TooSoon("登录的人太多，请稍后再试", 2.0)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1
