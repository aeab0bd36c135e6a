"""The demo page with two phones, and the way from it to the platform simulator, which listens on a port of its own.

Mounted in demo mode only. The simulator's interface is passed on as it is; what the page must never reach (its
platform side, its scripts of faults) lies under other paths, which are not passed on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from typing import Any

import orjson
from tornado.httputil import HTTPServerRequest
from tornado.routing import URLSpec
from tornado.web import Finish, stream_request_body

from channels.contract import ChannelError, TemporaryChannelError
from channels.handling import ApiError, JsonHandler, declared_length, from_trusted_proxy
from channels.http import Answer, Http
from gateway.web.pages import Page

PICTURE_LIMIT = 2 * 1024 * 1024  # bytes of a request, a picture in base64 included
_BODY_WITHIN = 30.0  # seconds to send it
_CALL_WITHIN = 10.0  # seconds
_POLL_WITHIN = 30.0  # seconds; the simulator answers a long poll after 25
_LONGEST_WAIT = 25
_CALLS = 16  # at once, each with a body of up to PICTURE_LIMIT in memory
_POLLS = 64  # at once: 32 open pages with two phones each
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_PAGE_HEADER = "X-Requested-With"
_PAGE_NAME = "simulator"


class SimulatorDoor:
    """Where the simulator is, who may ask it, and how many at a time.

    base_url: scheme, host and port of the simulator. public_url: the origin our pages have, when it is configured;
    else it is taken from the request. trusted_proxies: addresses whose X-Forwarded-Proto is believed.
    """

    def __init__(self, base_url: str, *, public_url: str = "", trusted_proxies: Collection[str] = ()) -> None:
        self._base_url = base_url.rstrip("/")
        self._public_url = public_url
        self._trusted = frozenset(trusted_proxies)
        self._free = {"calls": _CALLS, "polls": _POLLS}
        self._http = Http(timeout=_CALL_WITHIN, connections=_CALLS + _POLLS, max_bytes=PICTURE_LIMIT)

    def allowed(self, request: HTTPServerRequest) -> bool:
        """Whether one of our own pages asks.

        A browser names the origin with every POST. With a GET to the page's own origin it names none, so the page
        sends a header that no other site's page may send without asking before, which nobody answers.
        """
        origin = request.headers.get("Origin")
        if origin is None:
            return request.method == "GET" and request.headers.get(_PAGE_HEADER) == _PAGE_NAME
        return origin in self._own_origins(request)

    def _own_origins(self, request: HTTPServerRequest) -> set[str]:
        scheme = request.protocol
        if from_trusted_proxy(request, self._trusted):
            named = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
            scheme = named if named in ("http", "https") else scheme
        here = f"{scheme}://{request.host}"
        # whoever tries the demo types localhost as readily as 127.0.0.1; no other site can have these names
        if self._public_url and request.host_name not in _LOOPBACK:
            return {self._public_url}
        return {self._public_url, here}

    def take(self, kind: str) -> bool:
        """A slot for one of the `calls` or `polls`, if one is free; `give_back` returns it."""
        if self._free[kind] == 0:
            return False
        self._free[kind] -= 1
        return True

    def give_back(self, kind: str) -> None:
        self._free[kind] += 1

    async def get(self, path: str, query: dict[str, str], within: float) -> Answer:
        """within: seconds. Raises `ApiError` simulator_away, as `post` does."""
        with _away():
            return await self._http.request("GET", self._base_url + path, params=query, timeout=within)

    async def post(self, path: str, body: dict[str, Any]) -> Answer:
        with _away():
            return await self._http.request("POST", self._base_url + path, json=body, timeout=_CALL_WITHIN)

    async def close(self) -> None:
        await self._http.close()


@contextlib.contextmanager
def _away() -> Iterator[None]:
    """503 when asking again is safe, 502 when it may have been done although no answer came."""
    try:
        yield
    except TemporaryChannelError as error:
        raise ApiError(503, "simulator_away", "模拟器没有回应，请稍后再试", retry_after=2) from error
    except ChannelError as error:
        raise ApiError(502, "simulator_away", "模拟器没有答完，不能确定是否已经收到") from error


@stream_request_body
class _Passing(JsonHandler):
    """One request of the page, passed on once it is known to be the page's and no larger than allowed."""

    _slot = ""
    _refusal: ApiError | None = None
    _asking: asyncio.Task[Answer] | None = None

    def initialize(self, door: SimulatorDoor) -> None:
        self._door = door
        self._received = bytearray()

    def prepare(self) -> None:
        connection: Any = self.request.connection
        connection.set_max_body_size(PICTURE_LIMIT)
        connection.set_body_timeout(_BODY_WITHIN)
        if not self._door.allowed(self.request):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        if self.request.method not in ("GET", "POST"):
            return
        length = declared_length(self.request)
        if self.request.method == "POST" and (length is None or length > PICTURE_LIMIT):
            raise ApiError(413, "too_large", "内容太大", limit=PICTURE_LIMIT)
        kind = "polls" if self.request.method == "GET" and self.request.path.endswith("/events") else "calls"
        if self._door.take(kind):
            self._slot = kind
        else:
            # answered before it has sent all, a browser would see a reset connection and no reason
            self._refusal = ApiError(503, "unavailable", "正在使用演示的人较多，请稍后再试", retry_after=2)

    def data_received(self, chunk: bytes) -> None:
        if self._slot:
            self._received += chunk

    def on_finish(self) -> None:
        self._release()

    def on_connection_close(self) -> None:
        # nobody waits for the answer any longer; what is being said is said to its end
        if self._asking is not None and self.request.method == "GET":
            self._asking.cancel()
        if self._asking is None:
            self._release()
        super().on_connection_close()

    def _release(self) -> None:
        if self._slot:
            self._door.give_back(self._slot)
            self._slot = ""
            self._received = bytearray()

    async def _get(self, path: str, query: dict[str, str], within: float = _CALL_WITHIN) -> None:
        if self._refusal is not None:
            raise self._refusal
        await self._answer(asyncio.create_task(self._door.get(path, query, within)))

    async def _post(self, path: str) -> None:
        if self._refusal is not None:
            raise self._refusal
        await self._answer(asyncio.create_task(self._door.post(path, self._object())))

    async def _answer(self, asking: asyncio.Task[Answer]) -> None:
        self._asking = asking
        try:
            answer = await asking
        except asyncio.CancelledError:
            raise Finish from None
        finally:
            self._asking = None
            self._release()
        said = _object_of(answer)
        if said is None or answer.status >= 500:
            raise ApiError(502, "simulator_away", "模拟器出错了，请稍后再试")
        if answer.status < 400 or _is_envelope(said):
            self.reply(said, answer.status)
        elif answer.status == 404:
            raise ApiError(404, "not_found", "没有这部手机")
        else:
            raise ApiError(answer.status, "refused", "模拟器不接受这个请求")

    def _object(self) -> dict[str, Any]:
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(415, "unsupported_type", "请用 JSON")
        try:
            body = orjson.loads(bytes(self._received))
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            raise ApiError(400, "invalid", "请求内容有误", fields={"body": "a JSON object"})
        return body


class _Phones(_Passing):
    async def post(self) -> None:
        await self._post("/phones")


class _Phone(_Passing):
    async def get(self, phone: str) -> None:
        await self._get(f"/phones/{phone}", {})


class _Said(_Passing):
    """What the person says or does on the phone, and the state it is put in."""

    async def post(self, phone: str, what: str) -> None:
        await self._post(f"/phones/{phone}/{what}")


class _Events(_Passing):
    async def get(self, phone: str) -> None:
        query = {"after": self._number("after", 10**15), "wait": self._number("wait", _LONGEST_WAIT)}
        await self._get(f"/phones/{phone}/events", query, _POLL_WITHIN)

    def _number(self, name: str, most: int) -> str:
        raw = self.get_query_argument(name, "0")
        if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
            raise ApiError(400, "invalid", "请求参数有误", fields={name: "a whole number, 0 or more"})
        return str(min(int(raw), most))


def _object_of(answer: Answer) -> dict[str, Any] | None:
    try:
        said = answer.json() if answer.body else {}
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _is_envelope(said: dict[str, Any]) -> bool:
    error = said.get("error")
    return isinstance(error, dict) and isinstance(error.get("code"), str) and isinstance(error.get("message"), str)


def routes(door: SimulatorDoor) -> list[URLSpec]:
    """The page and its calls. The caller closes the door."""
    given = {"door": door}
    phone = r"/simulator/phones/([A-Za-z0-9_-]{1,64})"
    return [
        URLSpec(r"/simulator", Page, {"file": "simulator.html"}),
        URLSpec(r"/simulator/phones", _Phones, given),
        URLSpec(phone, _Phone, given),
        URLSpec(phone + r"/(messages|state)", _Said, given),
        URLSpec(phone + r"/events", _Events, given),
    ]
