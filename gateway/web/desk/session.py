"""`/api/v1/desk/session`: signing in and out, one's own password, one-time codes and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import Operation, Parameter
from gateway.core.people import Person, Role, SignedIn, StaffSession, csrf_token
from gateway.web.desk.access import COOKIE, Access, DeskHandler, open_to_all, signed_in, signed_in_or_arriving

Password = Annotated[str, Field(max_length=200, repr=False)]
_CODE = r"^[0-9]{6}$"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInRequest(_Request):
    username: str = Field(max_length=64)
    password: Password
    code: str = Field("", pattern=r"^([0-9]{6})?$", repr=False, description="The one-time code, of those who have one.")


class PasswordChange(_Request):
    old: Password
    new: Password


class PasswordAgain(_Request):
    password: Password


class OneTimeCode(_Request):
    code: str = Field(pattern=_CODE, repr=False)


class DeskSession(BaseModel):
    """Who is signed in, and what they may do."""

    id: str
    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None = Field(description="Whose tickets they see, for the people of units.")
    scopes: tuple[str, ...]
    must_change_password: bool = Field(description="Until they have, they can do nothing else.")
    one_time_codes: bool = Field(description="Signing in takes a one-time code.")
    csrf_token: str = Field(description="With the cookie, send it as `X-CSRF-Token` with everything but reading.")


class NewDeskSession(DeskSession):
    token: str = Field(
        description="For programs: send it as `Authorization: Bearer`. Browsers have it in a cookie already."
    )


class TotpOffer(BaseModel):
    """A secret for one-time codes (RFC 6238); it counts once a code of it was confirmed."""

    secret: str = Field(description="Base 32, to type into an authenticator app.")
    address: str = Field(description="The same as `otpauth:`, to show as a QR code.")


class OpenSession(BaseModel):
    id: str
    began: datetime
    seen: datetime = Field(description="About when it was last used.")
    address: str
    agent: str = Field(description="What the browser or program says it is.")
    current: bool = Field(description="It is the one that asks.")


class OpenSessions(BaseModel):
    sessions: tuple[OpenSession, ...]


def open_sessions(sessions: list[StaffSession], current: str) -> OpenSessions:
    shown = [
        OpenSession(
            id=one.id, began=one.began, seen=one.seen, address=one.address, agent=one.agent, current=one.id == current
        )
        for one in sessions
    ]
    return OpenSessions(sessions=tuple(shown))


class _Begins(DeskHandler):
    """Shows a session, and begins a new one."""

    async def begin(self, new: SignedIn, status: int) -> None:
        self.keep_in_browser(new)
        self.reply(NewDeskSession(token=new.token, **await self._shown(new.person, new.token)), status)

    async def _shown(self, person: Person, token: str) -> dict[str, object]:
        account = await self.access.entrance.account(person)
        return {
            "id": person.session,
            "username": person.username,
            "name": person.name,
            "roles": person.roles,
            "unit": person.unit,
            "scopes": sorted(person.scopes),
            "must_change_password": person.must_change_password,
            "one_time_codes": account.totp is not None,
            "csrf_token": csrf_token(token),
        }


class Session(_Begins):
    @open_to_all
    async def post(self) -> None:
        given = self.body(SignInRequest)
        new = await self.access.entrance.sign_in(given.username, given.password, given.code, self.caller())
        await self.begin(new, 201)

    @signed_in_or_arriving
    async def get(self) -> None:
        self.reply(DeskSession(**await self._shown(self.person, self._token)))

    @signed_in_or_arriving
    async def delete(self) -> None:
        await self.access.entrance.end_session(self.person, self.person.session)
        self.clear_cookie(COOKIE)
        self.set_status(204)


class OwnPassword(_Begins):
    @signed_in_or_arriving
    async def post(self) -> None:
        given = self.body(PasswordChange)
        new = await self.access.entrance.change_password(self.person, given.old, given.new, self.caller())
        await self.begin(new, 200)


class Totp(DeskHandler):
    @signed_in
    async def post(self) -> None:
        offer = await self.access.entrance.offer_totp(self.person, self.body(PasswordAgain).password)
        self.reply(TotpOffer(secret=offer.secret, address=offer.address))


class TotpConfirm(DeskHandler):
    @signed_in
    async def post(self) -> None:
        await self.access.entrance.confirm_totp(self.person, self.body(OneTimeCode).code)
        self.set_status(204)


class TotpRemove(DeskHandler):
    @signed_in
    async def post(self) -> None:
        await self.access.entrance.remove_totp(self.person, self.body(PasswordAgain).password)
        self.set_status(204)


class OwnSessions(DeskHandler):
    @signed_in
    async def get(self) -> None:
        self.reply(open_sessions(await self.access.entrance.sessions(self.person), self.person.session))


class OwnSession(DeskHandler):
    @signed_in
    async def delete(self, id: str) -> None:
        await self.access.entrance.end_session(self.person, id)
        self.set_status(204)


_TAG = "desk: signing in"
_ERRORS = (400, 401, 403, 413, 415, 422, 429, 503)

OPERATIONS = (
    Operation(
        "post",
        "/api/v1/desk/session",
        "Sign in",
        {201: ("Signed in; browsers have got their cookie", NewDeskSession)},
        takes=SignInRequest,
        staff=True,
        signed_in=False,
        tag=_TAG,
        description="401 with the code `code_needed` says that the password is right and a one-time code has to come "
        "with it. 429 says how long to wait after failed attempts.",
        errors=_ERRORS,
    ),
    Operation(
        "get",
        "/api/v1/desk/session",
        "Who am I",
        {200: ("Who is signed in, and what they may do", DeskSession)},
        staff=True,
        tag=_TAG,
        errors=(401, 503),
    ),
    Operation(
        "delete",
        "/api/v1/desk/session",
        "Sign out",
        {204: ("Signed out", None)},
        staff=True,
        tag=_TAG,
        errors=(401, 403, 404, 503),
    ),
    Operation(
        "post",
        "/api/v1/desk/session/password",
        "Change one's password",
        {200: ("All other sessions have ended, this one goes on under a new token", NewDeskSession)},
        takes=PasswordChange,
        staff=True,
        tag=_TAG,
        errors=(*_ERRORS, 409),
    ),
    Operation(
        "post",
        "/api/v1/desk/session/totp",
        "Begin with one-time codes",
        {200: ("The secret, to be confirmed by a code", TotpOffer)},
        takes=PasswordAgain,
        staff=True,
        tag=_TAG,
        errors=(*_ERRORS, 409),
    ),
    Operation(
        "post",
        "/api/v1/desk/session/totp/confirm",
        "Confirm one-time codes",
        {204: ("From now on signing in takes a code", None)},
        takes=OneTimeCode,
        staff=True,
        tag=_TAG,
        errors=(*_ERRORS, 409),
    ),
    Operation(
        "post",
        "/api/v1/desk/session/totp/remove",
        "Do without one-time codes",
        {204: ("A password is enough again", None)},
        takes=PasswordAgain,
        staff=True,
        tag=_TAG,
        errors=(*_ERRORS, 409),
    ),
    Operation(
        "get",
        "/api/v1/desk/sessions",
        "Where I am signed in",
        {200: ("The latest first", OpenSessions)},
        staff=True,
        tag=_TAG,
        errors=(401, 403, 503),
    ),
    Operation(
        "delete",
        "/api/v1/desk/sessions/{id}",
        "Sign out elsewhere",
        {204: ("That session has ended", None)},
        parameters=(Parameter("id", "path", "As listed", required=True),),
        staff=True,
        tag=_TAG,
        errors=(401, 403, 404, 503),
    ),
)


def routes(access: Access) -> list[URLSpec]:
    given = {"access": access}
    return [
        URLSpec(r"/api/v1/desk/session", Session, given),
        URLSpec(r"/api/v1/desk/session/password", OwnPassword, given),
        URLSpec(r"/api/v1/desk/session/totp", Totp, given),
        URLSpec(r"/api/v1/desk/session/totp/confirm", TotpConfirm, given),
        URLSpec(r"/api/v1/desk/session/totp/remove", TotpRemove, given),
        URLSpec(r"/api/v1/desk/sessions", OwnSessions, given),
        URLSpec(r"/api/v1/desk/sessions/([^/]{1,64})", OwnSession, given),
    ]
