"""The phones over HTTP, for the demonstration page and for tests."""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
import secrets
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Annotated, Any, Literal

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from simulator.media import PICTURE, VOICE, File
from simulator.phones import Kind, Phone, Phones
from simulator.world import Problem, World, json_response

LONGEST_WAIT = 25.0  # seconds of a long poll
_FILE_BYTES = 5 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _New(_Given):
    kind: Kind


class _Text(_Given):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=5000)


class _Image(_Given):
    type: Literal["image"]
    data: str | None = None
    content_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"] = "image/png"
    text: str = Field("", max_length=1600)


class _Voice(_Given):
    type: Literal["voice"]
    data: str | None = None
    recognition: str = Field("", max_length=5000)


class _Location(_Given):
    type: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str = Field("", max_length=500)

    @field_validator("latitude", "longitude")
    @classmethod
    def _finite(cls, value: float) -> float:
        if not math.isfinite(value):
            raise ValueError("not a number")
        return value


class _Event(_Given):
    type: Literal["event"]
    event: Literal["subscribe", "unsubscribe", "CLICK", "SCAN"]
    key: str = Field("", max_length=128)


class _State(_Given):
    following: bool | None = None
    reachable: bool | None = None
    landline: bool | None = None
    opted_out: bool | None = None
    refuses: bool | None = None
    fails_with: int | None = Field(None, ge=30001, le=30999)


_Act = Annotated[_Text | _Image | _Voice | _Location | _Event, Field(discriminator="type")]
_ACT: TypeAdapter[_Act] = TypeAdapter(_Act)


def guarded(work: Handler) -> Handler:
    """For callers on this machine alone; what cannot be met is answered as JSON."""

    async def handle(request: web.Request) -> web.Response:
        try:
            remote = request.remote or ""
            if not remote or not ip_address(remote).is_loopback:
                raise Problem(403, "not_here", "only from this machine")
            return await work(request)
        except Problem as problem:
            return _problem(problem.status, problem.code, str(problem))
        except ValidationError as error:
            details = [{"at": ".".join(map(str, line["loc"])), "message": line["msg"]} for line in error.errors()[:20]]
            return _problem(422, "invalid", "the request is not valid", details)

    return handle


def _problem(status: int, code: str, message: str, details: Any = None) -> web.Response:
    return json_response({"error": {"code": code, "message": message, "details": details}}, status)


async def given(request: web.Request) -> Any:
    """The request's JSON; an empty body is an empty object. Raises `Problem`."""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem(413, "too_large", "the request is too large") from None
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "no_json", "the request is no JSON") from None


def number(request: web.Request, name: str, otherwise: int, most: int) -> int:
    """A whole number of the query, from 0 up. Raises `Problem`."""
    text = request.query.get(name, str(otherwise))
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Problem(422, "invalid", f"{name} is a number from 0 up")
    return min(int(text), most)


class PhoneApi:
    def __init__(self, world: World, phones: Phones) -> None:
        self._world = world
        self._phones = phones

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/phones", guarded(self._make)),
            web.get("/phones/{id}", guarded(self._look)),
            web.post("/phones/{id}/messages", guarded(self._act)),
            web.get("/phones/{id}/events", guarded(self._events)),
            web.post("/phones/{id}/state", guarded(self._change)),
        ]

    def _phone(self, request: web.Request) -> Phone:
        return self._phones.get(request.match_info["id"])

    async def _make(self, request: web.Request) -> web.Response:
        phone = self._phones.make(_New.model_validate(await given(request)).kind)
        return json_response(self._phones.state(phone), 201)

    async def _look(self, request: web.Request) -> web.Response:
        return json_response(self._phones.state(self._phone(request)))

    async def _change(self, request: web.Request) -> web.Response:
        phone = self._phone(request)
        changes = _State.model_validate(await given(request)).model_dump(exclude_unset=True)
        if any(value is None for name, value in changes.items() if name != "fails_with"):
            raise Problem(422, "invalid", "true or false")
        self._phones.change(phone, changes)
        return json_response(self._phones.state(phone))

    async def _events(self, request: web.Request) -> web.Response:
        phone = self._phone(request)
        wait = number(request, "wait", 0, int(LONGEST_WAIT))
        events = await phone.after(number(request, "after", 0, 2**53), wait)
        if phone.gone:
            raise Problem(404, "no_such_phone", "this phone was dropped")
        return json_response({"events": events})

    async def _act(self, request: web.Request) -> web.Response:
        phone = self._phone(request)
        act = _ACT.validate_python(await given(request))
        n = self._sms(phone, act) if phone.kind == "sms" else self._wechat(phone, act)
        await asyncio.sleep(0)
        return json_response({"n": n}, 202)

    def _sms(self, phone: Phone, act: _Act) -> int:
        match act:
            case _Text(text=text):
                return self._phones.act_sms(phone, text, None)
            case _Image(text=text):
                return self._phones.act_sms(phone, text, _sent(act.data, PICTURE, act.content_type))
            case _:
                raise Problem(422, "not_of_this_phone", f"an SMS cannot carry a {act.type}")

    def _wechat(self, phone: Phone, act: _Act) -> int:
        match act:
            case _Text(text=text):
                return self._phones.act_wechat(phone, "text", text, {"Content": text})
            case _Image():
                media_id = self._keep(_sent(act.data, PICTURE, act.content_type))
                rest: dict[str, str | int] = {
                    "PicUrl": f"{self._world.own_url}/mmbiz/{media_id}",
                    "MediaId": media_id,
                }
                return self._phones.act_wechat(phone, "image", "", rest)
            case _Voice(recognition=words):
                media_id = self._keep(_sent(act.data, VOICE, VOICE.content_type))
                rest = {"MediaId": media_id, "Format": "amr", "Recognition": words}
                return self._phones.act_wechat(phone, "voice", words, rest)
            case _Location():
                rest = {
                    "Location_X": f"{act.latitude:.6f}",
                    "Location_Y": f"{act.longitude:.6f}",
                    "Scale": 15,
                    "Label": act.label,
                }
                shown = act.label or f"{act.latitude:.6f}, {act.longitude:.6f}"
                return self._phones.act_wechat(phone, "location", shown, rest)
            case _Event(event=event, key=key):
                following = self._phones.state(phone)["following"]
                if event == "SCAN" and not following:
                    event = "subscribe"  # who scans without following is asked to follow first
                scene = f"qrscene_{key}" if event == "subscribe" and key else key
                rest = {"Event": event, "EventKey": scene}
                if event == "SCAN" or (event == "subscribe" and key):
                    rest["Ticket"] = secrets.token_urlsafe(48)
                return self._phones.act_wechat(phone, "event", f"{event} {key}".strip(), rest)

    def _keep(self, file: File) -> str:
        media_id = secrets.token_urlsafe(48)
        self._world.media.put(media_id, file)
        return media_id


def _sent(given: str | None, ours: File, content_type: str) -> File:
    """given: Base64; without it, what the phones have."""
    if given is None:
        return ours
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, "invalid", "data is Base64") from None
    if not data:
        raise Problem(422, "invalid", "data is empty")
    if len(data) > _FILE_BYTES:
        raise Problem(413, "too_large", "a file has up to 5 MB")
    return File(data, content_type)
