"""`/api/v1/desk/people`: accounts, for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.people import Account, Accounts, Role
from gateway.core.people.passwords import temporary
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.session import OpenSessions, open_sessions

_MOST = 200
_UNIT = r"^[a-z0-9-]{1,40}$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=7)]
Unit = Annotated[str, Field(pattern=_UNIT)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PeopleQuery(_Request):
    after: str = Field("", max_length=64, description="`next` of the page before.")
    q: str = Field("", max_length=200, description="Part of a name or a user name.")
    role: Role | None = None
    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="Only this unit's people.")
    limit: int = Field(50, ge=1, le=_MOST)


class NewPerson(_Request):
    username: str = Field(max_length=64, description="Small letters, digits and . _ @ -")
    name: Name
    roles: Roles
    unit: Unit | None = Field(None, description="Whose tickets they see; for the roles of units, and only those.")


class PersonChange(_Request):
    """What is not given stays. `unit` belongs to `roles`."""

    name: Name | None = None
    roles: Roles | None = None
    unit: Unit | None = None

    @model_validator(mode="after")
    def _whole(self) -> PersonChange:
        if self.name is None and self.roles is None:
            raise ValueError("nothing is changed")
        if self.unit is not None and self.roles is None:
            raise ValueError("unit goes together with roles")
        return self


class Why(_Request):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="Kept in the audit log."
    )


class StaffAccount(BaseModel):
    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None
    disabled: bool
    must_change_password: bool
    one_time_codes: bool
    created_at: datetime
    signed_in_at: datetime | None = Field(description="When they last signed in.")
    waits_until: datetime | None = Field(description="After failed attempts they cannot sign in before.")


class StaffAccounts(BaseModel):
    people: tuple[StaffAccount, ...]
    next: str | None = Field(description="Pass it on as `after` for more; null at the end.")


class TemporaryPassword(BaseModel):
    account: StaffAccount
    password: str = Field(description="Shown this once. They change it when they first sign in.")


class _PeopleHandler(DeskHandler):
    def initialize(self, access: Access, accounts: Accounts) -> None:
        super().initialize(access)
        self.accounts = accounts

    async def shown(self, accounts: Sequence[Account]) -> list[StaffAccount]:
        waiting = await self.accounts.waiting([account.id for account in accounts])
        return [
            StaffAccount(
                username=account.id,
                name=account.name,
                roles=account.roles,
                unit=account.unit,
                disabled=account.disabled,
                must_change_password=account.must_change_password,
                one_time_codes=account.totp is not None,
                created_at=account.created_at,
                signed_in_at=account.signed_in_at,
                waits_until=waiting.get(account.id),
            )
            for account in accounts
        ]

    async def show(self, account: Account) -> None:
        (shown,) = await self.shown([account])
        self.reply(shown)

    async def show_password(self, account: Account, password: str, status: int) -> None:
        (shown,) = await self.shown([account])
        self.reply(TemporaryPassword(account=shown, password=password), status)


class People(_PeopleHandler):
    @needs("people.manage")
    async def get(self) -> None:
        asked = self.query(PeopleQuery)
        found = await self.accounts.page(
            after=asked.after, unit=asked.unit, text=asked.q, role=asked.role, limit=asked.limit
        )
        more = found[-1].id if len(found) == asked.limit else None
        self.reply(StaffAccounts(people=tuple(await self.shown(found)), next=more))

    @needs("people.manage")
    async def post(self) -> None:
        given = self.body(NewPerson)
        password = temporary()
        account = await self.accounts.add(
            given.username, given.name, given.roles, given.unit, password, by=self.person.username
        )
        await self.show_password(account, password, 201)


class OnePerson(_PeopleHandler):
    @needs("people.manage")
    async def get(self, username: str) -> None:
        await self.show(await self.accounts.get(username))

    @needs("people.manage")
    async def patch(self, username: str) -> None:
        given = self.body(PersonChange)
        account = await self.accounts.change(
            username, by=self.person.username, name=given.name, roles=given.roles, unit=given.unit
        )
        await self.show(account)


class Disable(_PeopleHandler):
    @needs("people.manage")
    async def post(self, username: str) -> None:
        reason = self.body(Why).reason
        await self.show(await self.accounts.disable(username, by=self.person.username, reason=reason))


class Enable(_PeopleHandler):
    @needs("people.manage")
    async def post(self, username: str) -> None:
        reason = self.body(Why).reason
        await self.show(await self.accounts.enable(username, by=self.person.username, reason=reason))


class Unlock(_PeopleHandler):
    @needs("people.manage")
    async def post(self, username: str) -> None:
        await self.show(await self.accounts.unlock(username, by=self.person.username))


class ResetPassword(_PeopleHandler):
    @needs("people.manage")
    async def post(self, username: str) -> None:
        password = temporary()
        account = await self.accounts.reset_password(username, password, by=self.person.username)
        await self.show_password(account, password, 200)


class RemoveTotp(_PeopleHandler):
    @needs("people.manage")
    async def post(self, username: str) -> None:
        await self.show(await self.accounts.remove_totp(username, by=self.person.username))


class TheirSessions(_PeopleHandler):
    @needs("people.manage")
    async def get(self, username: str) -> None:
        self.reply(open_sessions(await self.accounts.sessions(username), self.person.session))

    @needs("people.manage")
    async def delete(self, username: str) -> None:
        await self.accounts.end_sessions(username, by=self.person.username)
        self.set_status(204)


_operation = StaffOperations("desk: people", "/api/v1/desk/people", ("people.manage",), {"username": ""})
_CHANGED = (200, "The account as it is now", StaffAccount)

OPERATIONS = (
    _operation("get", "", "People", (200, "In the order of their user names", StaffAccounts), query=PeopleQuery),
    _operation(
        "post",
        "",
        "Add somebody",
        (201, "The account, and the password to sign in with the first time", TemporaryPassword),
        409,
        422,
        takes=NewPerson,
    ),
    _operation("get", "/{username}", "One account", (200, "The account", StaffAccount)),
    _operation("patch", "/{username}", "Change name, roles, unit", _CHANGED, 409, 422, takes=PersonChange),
    _operation("post", "/{username}/disable", "Disable; all sessions end at once", _CHANGED, 409, takes=Why),
    _operation("post", "/{username}/enable", "Enable", _CHANGED, 409, takes=Why),
    _operation("post", "/{username}/unlock", "End the pause after failed attempts", _CHANGED),
    _operation(
        "post",
        "/{username}/password",
        "Give a temporary password; all sessions end at once",
        (200, "The account, and the password to sign in with the next time", TemporaryPassword),
        409,
        429,
    ),
    _operation("post", "/{username}/totp/remove", "Take one-time codes off", _CHANGED, 409),
    _operation("get", "/{username}/sessions", "Where they are signed in", (200, "The latest first", OpenSessions)),
    _operation("delete", "/{username}/sessions", "End all sessions", (204, "Ended", None), 409),
)


def routes(access: Access, accounts: Accounts) -> list[URLSpec]:
    given = {"access": access, "accounts": accounts}
    one = r"/api/v1/desk/people/([^/]{1,64})"
    return [
        URLSpec(r"/api/v1/desk/people", People, given),
        URLSpec(one, OnePerson, given),
        URLSpec(f"{one}/disable", Disable, given),
        URLSpec(f"{one}/enable", Enable, given),
        URLSpec(f"{one}/unlock", Unlock, given),
        URLSpec(f"{one}/password", ResetPassword, given),
        URLSpec(f"{one}/totp/remove", RemoveTotp, given),
        URLSpec(f"{one}/sessions", TheirSessions, given),
    ]
