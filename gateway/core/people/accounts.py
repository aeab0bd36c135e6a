"""The accounts of the hotline's and the units' people, as an administrator keeps them.

An account's document is the point of decision: one replacement under its version changes it, and carries the line for
the audit log until that is written. What an account may, and whether it may at all, is read at every request, so a
change counts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from gateway.core.audit import AUDIT, entry
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.model import Effect, Stored
from gateway.core.people import passwords
from gateway.core.people.attempts import Attempts
from gateway.core.people.passwords import Passwords
from gateway.core.people.roles import Person, Role, Scope, check_roles, scopes_of
from gateway.core.people.sessions import Sessions, StaffSession
from gateway.core.ports import Store
from gateway.core.units import UNITS

ACCOUNTS = "accounts"
TOTP = "account.totp"  # what the secrets of one-time codes are sealed for
USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
FIRST = "admin"
PAGE = 100
_STRETCH = 500  # looked at together for those that are meant
_RACES = 8


class Account(Stored):
    """Somebody who may sign in. `id`: the user name, in small letters. epoch: sessions of an earlier one have ended.
    totp: the sealed secret of their one-time codes; totp_offered: one that is not confirmed yet; totp_step: the last
    step a code was used of. record: the last change, as the audit log has it or still has to get it."""

    name: str
    roles: tuple[Role, ...]
    unit: str | None = None
    password: str = Field(repr=False)
    must_change_password: bool = False
    disabled: bool = False
    epoch: int = 0
    totp: str | None = Field(None, repr=False)
    totp_offered: str | None = Field(None, repr=False)
    totp_step: int = 0
    created_at: datetime
    signed_in_at: datetime | None = None
    record: str | None = Field(None, repr=False)

    def person(self, session: str) -> Person:
        return Person(
            username=self.id,
            name=self.name,
            roles=self.roles,
            unit=self.unit,
            scopes=scopes_of(self.roles),
            session=session,
            must_change_password=self.must_change_password,
        )


class Accounts:
    """by: who does it, as the audit log names them."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        passwords: Passwords,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._store = store
        self._now = now
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = attempts

    # -- looking --------------------------------------------------------------------------------------------------

    async def find(self, username: str) -> Account | None:
        document = await self._store.get(ACCOUNTS, username) if USERNAME.fullmatch(username) else None
        return Account.of(document) if document else None

    async def get(self, username: str) -> Account:
        """Raises `NotFound`."""
        account = await self.find(username)
        if account is None:
            raise NotFound("没有这个账号", username=username)
        return account

    async def page(
        self, *, after: str = "", unit: str = "", text: str = "", role: Role | None = None, limit: int = PAGE
    ) -> list[Account]:
        """In the order of their user names; fewer than `limit` at the end. after: the last of the page before. text: of
        the name or the user name."""
        said = text.strip().casefold()
        found: list[Account] = []
        while len(found) < limit:
            where = {"_id": {"$gt": after}, **({"unit": unit} if unit else {})}
            size = _STRETCH if said or role else limit
            documents = await self._store.find(ACCOUNTS, where, sort=[("_id", 1)], limit=size)
            accounts = [Account.of(document) for document in documents]
            found += [
                one
                for one in accounts
                if (said in one.name.casefold() or said in one.id) and (role is None or role in one.roles)
            ]
            if len(accounts) < size:
                break
            after = accounts[-1].id
        return found[:limit]

    async def others_with(self, scope: Scope, username: str) -> bool:
        """Whether somebody else than this user has a scope, and may sign in."""
        after = ""
        while True:
            page = await self.page(after=after, limit=_STRETCH)
            if any(one.id != username and not one.disabled and scope in scopes_of(one.roles) for one in page):
                return True
            if len(page) < _STRETCH:
                return False
            after = page[-1].id

    async def waiting(self, usernames: Sequence[str]) -> dict[str, datetime]:
        """Who has to wait after failing to sign in, and until when."""
        return await self._attempts.waiting(usernames)

    # -- changing -------------------------------------------------------------------------------------------------

    async def add(
        self,
        username: str,
        name: str,
        roles: Sequence[Role],
        unit: str | None,
        password: str,
        *,
        by: str,
        lasting: bool = False,
    ) -> Account:
        """lasting: they need not change the password when they first sign in. Raises `Invalid`, `Conflict` when there
        is such an account."""
        username = typed(username)
        if not USERNAME.fullmatch(username):
            raise Invalid("用户名由小写字母、数字和 . _ @ - 组成，2 到 64 个字符", username=username)
        await self._check_roles(tuple(roles), unit)
        passwords.check(password, username)
        if not await self._insert(username, name, tuple(roles), unit, password, by=by, lasting=lasting):
            raise Conflict("已经有这个账号了", username=username)
        return await self.get(username)

    async def _insert(
        self,
        username: str,
        name: str,
        roles: tuple[Role, ...],
        unit: str | None,
        password: str,
        *,
        by: str,
        lasting: bool,
    ) -> bool:
        now = self._now()
        after = {"name": name, "roles": list(roles), "unit": unit}
        record = Effect("insert", AUDIT, entry(now, by, "account.add", username, after=after))
        account = Account(
            id=username,
            name=name.strip() or username,
            roles=roles,
            unit=unit,
            password=await self._passwords.hash(password),
            must_change_password=not lasting,
            created_at=now,
            record=record.pack(),
        )
        new = await self._store.insert(ACCOUNTS, account.document())
        if new:
            await self._write_down(account)
        return new

    async def ensure_administrator(self, username: str, password: str) -> str | None:
        """Make the first administrator, once: the one that is configured, or, when none is and nobody has an account,
        `admin` with a password made up here. That password, which is kept nowhere else; None when nothing was made
        up. Any number of processes at once make one."""
        if username:
            if await self.find(typed(username)) is None:
                await self._insert(typed(username), "", ("administrator",), None, password, by="settings", lasting=True)
            return None
        if await self._store.find(ACCOUNTS, {}, limit=1):
            return None
        made_up = passwords.temporary()
        new = await self._insert(FIRST, "", ("administrator",), None, made_up, by="first start", lasting=False)
        return made_up if new else None

    async def change(
        self,
        username: str,
        *,
        by: str,
        name: str | None = None,
        roles: Sequence[Role] | None = None,
        unit: str | None = None,
    ) -> Account:
        """Name, or roles together with their unit. Raises `NotFound`, `Invalid`, `Conflict` for one's own roles."""
        new: dict[str, Any] = {}
        if name is not None and name.strip():
            new["name"] = name.strip()
        if roles is not None:
            _not_ones_own(username, by)
            await self._check_roles(tuple(roles), unit)
            new |= {"roles": tuple(roles), "unit": unit}

        def changed(account: Account) -> Account:
            return account.model_copy(update=new)

        return await self.update(username, changed, by=by, action="account.change", tells=("name", "roles", "unit"))

    async def disable(self, username: str, *, by: str, reason: str) -> Account:
        """Their sessions end at once. Raises `NotFound`, `Conflict` for one's own account."""
        _not_ones_own(username, by)
        return await self.update(
            username, lambda account: ended(account, disabled=True), by=by, action="account.disable", reason=reason
        )

    async def enable(self, username: str, *, by: str, reason: str = "") -> Account:
        """Raises `NotFound`."""
        return await self.update(
            username,
            lambda account: account.model_copy(update={"disabled": False}),
            by=by,
            action="account.enable",
            reason=reason,
        )

    async def reset_password(self, username: str, password: str, *, by: str, lasting: bool = False) -> Account:
        """A temporary one that they change when they next sign in, unless it is a lasting one. All their sessions end,
        and they need not wait any more. Raises `NotFound`, `Invalid`, `Conflict` for one's own, which takes the old."""
        _not_ones_own(username, by)
        passwords.check(password, username)
        new = {"password": await self._passwords.hash(password), "must_change_password": not lasting}
        account = await self.update(
            username, lambda account: ended(account, **new), by=by, action="account.reset_password"
        )
        await self._attempts.forget(username)
        return account

    async def remove_totp(self, username: str, *, by: str) -> Account:
        """They sign in without one-time codes again, as after a lost phone. Raises `NotFound`, `Conflict` for one who
        does it to themselves, which takes the password."""
        _not_ones_own(username, by)
        return await self.update(username, without_totp, by=by, action="account.totp_remove")

    async def unlock(self, username: str, *, by: str) -> Account:
        """They need not wait any more. Raises `NotFound`."""
        account = await self.get(username)
        await self._store.insert(AUDIT, entry(self._now(), by, "account.unlock", username))
        await self._attempts.forget(username)
        return account

    async def sessions(self, username: str) -> list[StaffSession]:
        """Where they are signed in, the latest first. Raises `NotFound`."""
        return await self._sessions.of_person(username, (await self.get(username)).epoch)

    async def end_sessions(self, username: str, *, by: str, reason: str = "") -> Account:
        """All of them. Raises `NotFound`."""
        return await self.update(username, ended, by=by, action="account.end_sessions", reason=reason)

    async def update(
        self,
        username: str,
        change: Callable[[Account], Account],
        *,
        by: str,
        action: str,
        reason: str = "",
        tells: Sequence[str] = (),
    ) -> Account:
        """Replace an account by what `change` makes of it, and write that down. tells: the fields whose values, before
        and after, go into the audit log. Raises `NotFound`, what `change` raises, `Conflict` when others keep
        changing it."""
        for _ in range(_RACES):
            account = await self.get(username)
            changed = change(account)
            before, after = account.model_dump(include=set(tells)), changed.model_dump(include=set(tells))
            told: dict[str, Any] = {"before": before, "after": after} if tells else {}
            line = entry(self._now(), by, action, username, reason, **told)
            await self._write_down(account)
            changed = changed.model_copy(update={"record": Effect("insert", AUDIT, line).pack()})
            document = changed.document()
            if await self._store.replace(ACCOUNTS, document):
                changed = Account.of(document)
                await self._write_down(changed)
                if changed.epoch != account.epoch:
                    await self._sessions.end_all(username, before_epoch=changed.epoch)
                return changed
        raise Conflict("别人正在改这个账号，请再试一次", username=username)

    async def _check_roles(self, roles: tuple[Role, ...], unit: str | None) -> None:
        check_roles(roles, unit)
        if unit is not None and await self._store.get(UNITS, unit) is None:
            raise Invalid("没有这个单位", unit=unit)

    # -- the audit log --------------------------------------------------------------------------------------------

    async def _write_down(self, account: Account) -> None:
        """Into the audit log, what last happened to it. Repeatable."""
        if account.record is not None:
            await self._store.insert(AUDIT, Effect.unpack(account.record).document)

    async def catch_up(self) -> None:
        """Write down what a process that was killed did not. At start."""
        after = ""
        while page := await self.page(after=after):
            for account in page:
                await self._write_down(account)
            after = page[-1].id


def _not_ones_own(username: str, by: str) -> None:
    if username == by:
        raise Conflict("这件事要请另一位管理员来做，不能对自己的账号做", username=username)


def typed(username: str) -> str:
    """A user name as it is kept, however it was typed."""
    return passwords.normal(username).strip().lower()


def ended(account: Account, **also: Any) -> Account:
    """With all sessions ended."""
    return account.model_copy(update={"epoch": account.epoch + 1, **also})


def without_totp(account: Account) -> Account:
    return account.model_copy(update={"totp": None, "totp_offered": None})
