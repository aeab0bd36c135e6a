"""How people come in: signing in, being known by a token, and what each does with their own account.

An account that is not there takes as long as a wrong password, is told the same, and is slowed down the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.core.audit import AUDIT, entry
from gateway.core.errors import Conflict, Forbidden, Invalid, NotFound, TooSoon, Unauthorized
from gateway.core.people import passwords, second_factor
from gateway.core.people.accounts import ACCOUNTS, TOTP, USERNAME, Account, Accounts, ended, typed, without_totp
from gateway.core.people.attempts import Attempts
from gateway.core.people.passwords import Passwords
from gateway.core.people.roles import Person
from gateway.core.people.sessions import Sessions, StaffSession
from gateway.core.ports import Limits, Store
from gateway.core.vault import Vault

_RACES = 8
_NOBODY = "?"  # stands for all that cannot be a user name
_FAILURES_RECORDED = 120  # a minute, in all


class CodeNeeded(Unauthorized):
    """The password is right, and a one-time code has to come with it."""

    code = "code_needed"


class WrongCode(Unauthorized):
    code = "wrong_code"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """token: what the browser or program shows from now on."""

    token: str = field(repr=False)
    person: Person
    session: StaffSession


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret for one-time codes: typed into an authenticator app, or read by it from a QR code of the address."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Where somebody signs in from: the network address, and what the browser says it is."""

    address: str
    agent: str


class Entrance:
    """per_address: sign-ins a minute from one address."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        now: Callable[[], datetime],
        *,
        accounts: Accounts,
        passwords: Passwords,
        sessions: Sessions,
        attempts: Attempts,
        vault: Vault,
        per_address: int,
    ) -> None:
        self._store = store
        self._limits = limits
        self._now = now
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = attempts
        self._vault = vault
        self._per_address = per_address

    # -- coming in ------------------------------------------------------------------------------------------------

    async def sign_in(self, username: str, password: str, code: str, caller: Caller) -> SignedIn:
        """code: the one-time code, of those who have one. Raises `Unauthorized` (`CodeNeeded`, `WrongCode`), `TooSoon`,
        `Forbidden` for a disabled account whose password is right, `StoreUnavailable`."""
        wait = await self._limits.allow(f"sign-in:{caller.address}", self._per_address, 60.0)
        if wait > 0:
            raise TooSoon("这个网络登录得太频繁，请稍后再试", wait)
        username = typed(username) if USERNAME.fullmatch(typed(username)) else _NOBODY
        await self._attempts.begin(username)
        account = await self._let_in(username, password, code, caller)
        await self._attempts.forget(username)
        return await self._begin(account, caller)

    async def _let_in(self, username: str, password: str, code: str, caller: Caller) -> Account:
        """The account, as it is after the sign-in that its replacement decides."""
        right = ""  # the hash that the password is of
        for _ in range(_RACES):
            account = await self._accounts.find(username)
            kept = account.password if account else None
            if account is None or kept != right:
                if not await self._passwords.matches(password, kept) or account is None:
                    await self._failed(username if account else _NOBODY, "password", caller)
                    raise Unauthorized("用户名或密码不对")
                right = account.password
            if account.disabled:
                await self._failed(username, "disabled", caller)
                raise Forbidden("这个账号已经停用，请联系系统管理员")
            step = await self._checked_code(account, code, caller)
            renewed = await self._passwords.hash(password) if self._passwords.is_outdated(right) else right
            update = {"password": renewed, "totp_step": step, "signed_in_at": self._now()}
            document = account.model_copy(update=update).document()
            if await self._store.replace(ACCOUNTS, document):
                return Account.of(document)
        raise Conflict("这个账号正在被修改，请再试一次")

    async def _checked_code(self, account: Account, code: str, caller: Caller) -> int:
        """The step of the code, which must be later than any used before; unchanged for who has no codes."""
        if account.totp is None:
            return account.totp_step
        if not code:
            raise CodeNeeded("请输入动态验证码")
        step = second_factor.step_of(self._vault.open(account.totp, TOTP), code, self._now())
        if step is None or step <= account.totp_step:
            await self._failed(account.id, "code", caller)
            raise WrongCode("动态验证码不对，或者已经用过，请等下一个")
        return step

    async def _failed(self, username: str, why: str, caller: Caller) -> None:
        """Into the audit log, as long as nobody floods it."""
        if await self._limits.allow("sign-in-failures", _FAILURES_RECORDED, 60.0) == 0:
            line = entry(self._now(), username, "session.refused", username, why, address=caller.address)
            await self._store.insert(AUDIT, line)

    async def _begin(self, account: Account, caller: Caller) -> SignedIn:
        token, session = self._sessions.new(account.id, account.epoch, address=caller.address, agent=caller.agent)
        line = entry(self._now(), account.id, "session.begin", account.id, address=caller.address)
        await self._store.insert(AUDIT, line)
        await self._sessions.keep(session)
        return SignedIn(token, account.person(session.id), session)

    async def who(self, token: str) -> Person | None:
        """Whose token it is, as they may now; None when the session has ended. Raises `StoreUnavailable`."""
        session = await self._sessions.of_token(token)
        account = await self._accounts.find(session.username) if session else None
        if session is None or account is None or account.disabled or account.epoch != session.epoch:
            return None
        return account.person(session.id)

    # -- one's own ------------------------------------------------------------------------------------------------

    async def account(self, person: Person) -> Account:
        return await self._accounts.get(person.username)

    async def sessions(self, person: Person) -> list[StaffSession]:
        """Where they are signed in, the latest first."""
        return await self._accounts.sessions(person.username)

    async def end_session(self, person: Person, id: str) -> None:
        """Sign out, here or elsewhere. Raises `NotFound` for what is not theirs."""
        if not await self._sessions.end(person.username, id):
            raise NotFound("没有这个登录，或者已经退出了")
        await self._store.insert(AUDIT, entry(self._now(), person.username, "session.end", person.username))

    async def change_password(self, person: Person, old: str, new: str, caller: Caller) -> SignedIn:
        """All their sessions end, and a new one begins here. Raises `Forbidden` when the old one is wrong, `TooSoon`,
        `Invalid` when the new one is weak or the same."""
        confirmed = await self._confirm(person, old)
        passwords.check(new, person.username)
        if passwords.normal(new) == passwords.normal(old):
            raise Invalid("新密码要和原来的不一样")
        update = {"password": await self._passwords.hash(new), "must_change_password": False}

        def changed(account: Account) -> Account:
            # raised by another change of the password, and by whoever ends the sessions, this one with them
            if account.epoch != confirmed.epoch:
                raise Conflict("密码刚刚被改过，或者登录已被结束，请重新登录")
            return ended(account, **update)

        account = await self._accounts.update(person.username, changed, by=person.username, action="account.password")
        return await self._begin(account, caller)

    async def offer_totp(self, person: Person, password: str) -> Offer:
        """A secret, which counts once a code of it is confirmed. Raises `Forbidden` for a wrong password, `TooSoon`,
        `Conflict` when they have codes already."""
        await self._confirm(person, password)
        secret = second_factor.new_secret()
        sealed = self._vault.seal(secret, TOTP)

        def offered(account: Account) -> Account:
            if account.totp is not None:
                raise Conflict("已经开通动态验证码，先关闭才能重新绑定")
            return account.model_copy(update={"totp_offered": sealed})

        await self._accounts.update(person.username, offered, by=person.username, action="account.totp_offer")
        return Offer(secret, second_factor.address(secret, person.username))

    async def confirm_totp(self, person: Person, code: str) -> None:
        """From now on signing in takes a code. Raises `Invalid` for a wrong one, `TooSoon`, `Conflict` when nothing is
        offered."""
        await self._attempts.begin(person.username)

        def confirmed(account: Account) -> Account:
            if account.totp_offered is None:
                raise Conflict("请先开始绑定动态验证码")
            step = second_factor.step_of(self._vault.open(account.totp_offered, TOTP), code, self._now())
            if step is None:
                raise Invalid("动态验证码不对，请检查手机的时间是否准确")
            return account.model_copy(update={"totp": account.totp_offered, "totp_offered": None, "totp_step": step})

        await self._accounts.update(person.username, confirmed, by=person.username, action="account.totp_confirm")
        await self._attempts.forget(person.username)

    async def remove_totp(self, person: Person, password: str) -> None:
        """Raises `Forbidden` for a wrong password, `TooSoon`."""
        await self._confirm(person, password)
        await self._accounts.update(person.username, without_totp, by=person.username, action="account.totp_remove")

    async def _confirm(self, person: Person, password: str) -> Account:
        """That it is they who ask: a session that was left open is not enough."""
        await self._attempts.begin(person.username)
        account = await self._accounts.get(person.username)
        if not await self._passwords.matches(password, account.password):
            raise Forbidden("原来的密码不对")
        await self._attempts.forget(person.username)
        return account

    # -- background -----------------------------------------------------------------------------------------------

    async def sweep(self) -> int:
        """Remove sessions and attempts that are over; how many."""
        return await self._sessions.sweep() + await self._attempts.sweep()
