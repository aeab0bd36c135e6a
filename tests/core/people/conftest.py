"""Fixtures: `people` is what one gateway process holds of accounts and sessions; `new_people()` makes another process's
on the same stores."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from gateway.core.people import Accounts, Attempts, Entrance, Lifetimes, Passwords, Pauses, Role, Sessions
from gateway.core.people.entrance import Caller
from gateway.core.vault import Key, Vault
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisLimits
from tests.core.conftest import Now

HERE = Caller("192.0.2.7", "tests")
PASSWORD = "一个足够长的密码 42"
A_SHIFT = Lifetimes(idle=3600, whole=12 * 3600)
QUICK = PasswordHasher.from_parameters(CHEAPEST)


class People:
    """A process's doors, and short ways to what tests do again and again."""

    def __init__(
        self,
        store: MongoStore,
        limits: RedisLimits,
        now: Now,
        *,
        hasher: PasswordHasher = QUICK,
        per_address: int = 1000,
        lifetimes: Lifetimes = A_SHIFT,
    ) -> None:
        self.store = store
        self.now = now
        self.vault = Vault([Key("1", b"k" * 32)])
        passwords, sessions = Passwords(hasher), Sessions(store, now, lifetimes)
        attempts = Attempts(store, now, Pauses(free=3, first=30, longest=3600))
        self.accounts = Accounts(store, now, passwords=passwords, sessions=sessions, attempts=attempts)
        self.entrance = Entrance(
            store,
            limits,
            now,
            accounts=self.accounts,
            passwords=passwords,
            sessions=sessions,
            attempts=attempts,
            vault=self.vault,
            per_address=per_address,
        )

    async def add(self, username: str = "li.na", *roles: Role, unit: str | None = None, lasting: bool = True) -> str:
        """An account with `PASSWORD`; its user name."""
        given = roles or ("agent",)
        account = await self.accounts.add(username, "李娜", given, unit, PASSWORD, by="root", lasting=lasting)
        return account.id

    async def sign_in(self, username: str = "li.na", password: str = PASSWORD, code: str = "") -> str:
        return (await self.entrance.sign_in(username, password, code, HERE)).token

    async def audit(self, about: str) -> list[str]:
        """The actions the log has about somebody, in order."""
        found = await self.store.find("audit", {"about": about}, sort=[("_id", 1)], limit=1000)
        return [line["action"] for line in found]


@pytest.fixture
def new_people(open_store: Callable[..., MongoStore], limits: RedisLimits, now: Now) -> Callable[..., People]:
    return lambda **options: People(open_store(), limits, now, **options)


@pytest.fixture
def people(new_people: Callable[..., People]) -> People:
    return new_people()
