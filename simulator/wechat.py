"""WeChat's interface for official accounts: tokens, customer-service and template messages, media, the menu.

Codes: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from simulator.faults import Outcome
from simulator.wechat_line import WeChatLine
from simulator.wechat_rules import (
    EXPIRED,
    INVALID,
    MALFORMED,
    MISSING,
    TEXT_BYTES,
    Follower,
    Followers,
    TokenBook,
)
from simulator.world import Said, World, exchange, json_response

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40037: "invalid template_id",
    40066: "invalid url",
    40125: "invalid appsecret",
    40164: "invalid ip 127.0.0.1, not in whitelist",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    76021: "cgi_path not found, please check",
    45011: "api minute-quota reach limit, please retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    46003: "menu no exist",
    47001: "data format error",
    48001: "api unauthorized",
}
_OK = {"errcode": 0, "errmsg": "ok"}
_KINDS = frozenset({"text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu"})
_REMEMBERED = 10_000  # client_msg_id of template messages
_REPORT_AFTER = 0.2  # seconds until the event that tells how a template message went

Showing = Callable[[str, str, str], None]


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WeChat:
    """The platform's state and its interface. show: told of every message that reaches a follower's phone, as openid,
    kind and text."""

    def __init__(self, world: World, line: WeChatLine) -> None:
        self._world = world
        self._account = world.account.wechat
        self._line = line
        self.show: Showing = lambda openid, kind, text: None
        self.reset()

    def reset(self) -> None:
        """Nobody follows, no token is out, no menu is published."""
        self.followers = Followers()
        self.stable = TokenBook()
        self.older = TokenBook()
        self.menu: dict[str, Any] | None = None
        self._sent_on: tuple[int, int] = (0, 0)
        self._template_ids = itertools.count(secrets.randbelow(10**9) + 10**9)
        self._repeats: OrderedDict[tuple[str, str], int] = OrderedDict()

    @property
    def token_refreshes(self) -> int:
        return self.stable.refreshes + self.older.refreshes

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/cgi-bin/stable_token", self._plain(self._stable_token)),
            web.get("/cgi-bin/token", self._plain(self._token)),
            web.post("/cgi-bin/message/custom/send", self._send(self._custom)),
            web.post("/cgi-bin/message/template/send", self._send(self._template)),
            web.post("/cgi-bin/message/subscribe/bizsend", self._send(self._subscription)),
            web.post("/cgi-bin/message/custom/typing", self._called(self._typing)),
            web.get("/cgi-bin/media/get", self._called(self._media)),
            web.post("/cgi-bin/menu/create", self._called(self._create_menu)),
            web.get("/cgi-bin/menu/get", self._called(self._get_menu)),
            web.get("/cgi-bin/menu/delete", self._called(self._delete_menu)),
            web.get("/cgi-bin/user/info", self._called(self._user)),
            web.post("/cgi-bin/openapi/quota/get", self._called(self._quota)),
            web.get("/mmbiz/{media_id}", self._picture),
            web.route("*", "/cgi-bin/{rest:.*}", self._unknown),
        ]

    # how every call is taken

    def _refusal(self, code: int) -> web.Response:
        self._world.journal.refuse("wechat", code)
        message = f"{MESSAGES.get(code, 'system error')} rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"
        return json_response({"errcode": code, "errmsg": message})

    def _faulty(self, outcome: Outcome) -> web.Response:
        if outcome.kind == "code":
            return self._refusal(outcome.number)
        self._world.journal.refuse("wechat", f"http:{outcome.number}")
        return web.Response(status=outcome.number, text="<html>bad gateway</html>", content_type="text/html")

    def _send(self, work: Callable[[dict[str, Any]], Said]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A call that sends a message: under faults, with the token checked and the body read."""

        async def handle(request: web.Request) -> web.Response:
            body = await request.read()

            def act() -> Said:
                try:
                    self._check_token(request)
                    if not self._world.behaviour.permitted:
                        raise Refused(48001)
                    return work(_object(body))
                except Refused as refused:
                    return Said(self._refusal(refused.code))

            return await exchange(request, self._world, self._world.faults["wechat"].next(), self._faulty, act)

        return handle

    def _plain(
        self, work: Callable[[web.Request, bytes], web.Response]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Any other call; under faults only when they are for everything."""

        async def handle(request: web.Request) -> web.Response:
            body = await request.read()

            def act() -> Said:
                try:
                    return Said(work(request, body))
                except Refused as refused:
                    return Said(self._refusal(refused.code))

            plan = self._world.faults["wechat"]
            outcome = plan.next() if plan.settings.everything else Outcome()
            return await exchange(request, self._world, outcome, self._faulty, act)

        return handle

    def _called(
        self, work: Callable[[web.Request, bytes], web.Response]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Any other call that needs a token."""

        def checked(request: web.Request, body: bytes) -> web.Response:
            self._check_token(request)
            return work(request, body)

        return self._plain(checked)

    def _check_token(self, request: web.Request) -> None:
        value = request.query.get("access_token", "")
        if not value:
            raise Refused(MISSING)
        now = self._world.now()
        problems = (self.stable.problem(value, now), self.older.problem(value, now))
        if None not in problems:
            if EXPIRED in problems:
                raise Refused(EXPIRED)
            raise Refused(INVALID if len(value) > 100 else MALFORMED)
        if not self._world.behaviour.address_allowed:
            raise Refused(40164)

    # tokens

    def _stable_token(self, request: web.Request, body: bytes) -> web.Response:
        given = _object(body)
        self._check_secret(given, "client_credential")
        behaviour = self._world.behaviour
        value, left = self.stable.stable(
            self._world.now(), behaviour.token_lifetime, behaviour.token_overlap, given.get("force_refresh") is True
        )
        self._world.journal.counts["token_calls"] += 1
        return json_response({"access_token": value, "expires_in": left})

    def _token(self, request: web.Request, body: bytes) -> web.Response:
        self._check_secret(request.query, "client_credential")
        behaviour = self._world.behaviour
        value, left = self.older.each(self._world.now(), behaviour.token_lifetime, behaviour.token_overlap)
        self._world.journal.counts["token_calls"] += 1
        return json_response({"access_token": value, "expires_in": left})

    def _check_secret(self, given: Mapping[str, Any], grant: str) -> None:
        if given.get("grant_type") != grant:
            raise Refused(40002)
        if not given.get("appid"):
            raise Refused(41002)
        secret = given.get("secret")
        if not secret:
            raise Refused(41004)
        if given["appid"] != self._account.app_id:
            raise Refused(40013)
        if secret != self._account.app_secret:
            raise Refused(40125)
        if not self._world.behaviour.address_allowed:
            raise Refused(40164)

    # messages

    def _custom(self, given: dict[str, Any]) -> Said:
        openid, kind = given.get("touser"), given.get("msgtype")
        if kind not in _KINDS:
            raise Refused(40008)
        content = given.get(kind)
        if not isinstance(content, dict):
            raise Refused(44004)
        text = ""
        if kind == "text":
            given_text = content.get("content")
            if not isinstance(given_text, str) or not given_text:
                raise Refused(44004)
            text = given_text
            if len(text.encode(errors="replace")) > TEXT_BYTES:
                raise Refused(45002)
        elif kind in ("image", "voice") and self._world.media.get(str(content.get("media_id"))) is None:
            raise Refused(40007)
        follower = self._follower(openid)
        self._count_quota()
        if self._world.behaviour.rules and follower is not None:
            refused = follower.spend(self._world.now())
            if refused is not None:
                raise Refused(refused)
        shown = text or orjson.dumps(content).decode()
        entry = self._world.journal.accept("wechat", "custom", self._account.app_id, to=str(openid), text=shown)
        self.show(str(openid), kind, shown)
        return Said(json_response(_OK), entry)

    def _template(self, given: dict[str, Any]) -> Said:
        if given.get("template_id") not in self._account.template_ids:
            raise Refused(40037)
        openid = given.get("touser")
        follower = self._follower(openid)
        if follower is not None and self._world.behaviour.rules:
            if not follower.following:
                raise Refused(43004)
            if follower.refuses:
                raise Refused(43101)
        # The same client_msg_id to the same person is one message.
        repeat = (str(openid), str(given.get("client_msg_id") or ""))
        if repeat[1] and repeat in self._repeats:
            return Said(json_response({**_OK, "msgid": self._repeats[repeat]}))
        message_id = next(self._template_ids)
        if repeat[1]:
            self._repeats[repeat] = message_id
            if len(self._repeats) > _REMEMBERED:
                self._repeats.popitem(last=False)
        text = _filled(given.get("data"))
        entry = self._world.journal.accept(
            "wechat", "template", self._account.app_id, to=str(openid), text=text, provider_id=str(message_id)
        )
        reachable = follower is None or follower.reachable
        self._world.courier.spawn(self._report_template(str(openid), message_id, text, reachable))
        return Said(json_response({**_OK, "msgid": message_id}), entry)

    async def _report_template(self, openid: str, message_id: int, text: str, reachable: bool) -> None:
        await asyncio.sleep(_REPORT_AFTER)
        if reachable:
            self.show(openid, "template", text)
        status = "success" if reachable else "failed: system failed"
        rest: dict[str, str | int] = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": status}
        await self._line.call(openid, self._line.fields(openid, "event", rest))

    def _subscription(self, given: dict[str, Any]) -> Said:
        if given.get("template_id") not in self._account.template_ids:
            raise Refused(40037)
        openid = given.get("touser")
        follower = self._follower(openid)
        if follower is not None and follower.refuses:
            raise Refused(43101)
        text = _filled(given.get("data"))
        entry = self._world.journal.accept("wechat", "subscribe", self._account.app_id, to=str(openid), text=text)
        self.show(str(openid), "template", text)
        return Said(json_response(_OK), entry)

    def _follower(self, openid: object) -> Follower | None:
        """The follower; None for a stranger where rules are off."""
        if not isinstance(openid, str) or not openid:
            raise Refused(40003)
        follower = self.followers.get(openid)
        if follower is None and self._world.behaviour.rules:
            raise Refused(40003)
        return follower

    def _count_quota(self) -> None:
        quota = self._world.behaviour.daily_quota
        if quota is None:
            return
        today, sent = self._sent_today()
        if sent >= quota:
            raise Refused(45009)
        self._sent_on = (today, sent + 1)

    def _sent_today(self) -> tuple[int, int]:
        """The day, and how many messages it has counted."""
        today = int((self._world.now() + 8 * 3600) // 86400)  # the platform's day is Beijing's
        day, sent = self._sent_on
        return today, sent if day == today else 0

    def _quota(self, request: web.Request, body: bytes) -> web.Response:
        if _object(body).get("cgi_path") != "/cgi-bin/message/custom/send":
            raise Refused(76021)
        limit = self._world.behaviour.daily_quota
        of = _UNLIMITED if limit is None else limit
        _, used = self._sent_today()
        return json_response({**_OK, "quota": {"daily_limit": of, "used": used, "remain": of - used}})

    def _typing(self, request: web.Request, body: bytes) -> web.Response:
        self._follower(_object(body).get("touser"))
        return json_response(_OK)

    # media, menu, people

    def _media(self, request: web.Request, body: bytes) -> web.Response:
        file = self._world.media.get(request.query.get("media_id", ""))
        if file is None:
            raise Refused(40007)
        return web.Response(
            body=file.data,
            content_type=file.content_type,
            headers={"Content-Disposition": 'attachment; filename="media"'},
        )

    async def _picture(self, request: web.Request) -> web.Response:
        file = self._world.media.get(request.match_info["media_id"])
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.data, content_type=file.content_type)

    def _create_menu(self, request: web.Request, body: bytes) -> web.Response:
        menu = _object(body)
        _check_menu(menu)
        self.menu = {"button": menu["button"]}
        return json_response(_OK)

    def _get_menu(self, request: web.Request, body: bytes) -> web.Response:
        if self.menu is None:
            raise Refused(46003)
        return json_response({"menu": self.menu})

    def _delete_menu(self, request: web.Request, body: bytes) -> web.Response:
        self.menu = None
        return json_response(_OK)

    def _user(self, request: web.Request, body: bytes) -> web.Response:
        follower = self.followers.get(request.query.get("openid", ""))
        if follower is None:
            raise Refused(40003)
        return json_response({"subscribe": int(follower.following), "openid": follower.openid, "language": "zh_CN"})

    async def _unknown(self, request: web.Request) -> web.Response:
        known = request.path.removeprefix("/cgi-bin/")
        return self._refusal(43002 if request.method == "GET" and known in _POSTED else 40066)


_UNLIMITED = 500_000  # what a large account may send on a day
_POSTED = frozenset(
    {"stable_token", "message/custom/send", "message/template/send", "message/subscribe/bizsend", "menu/create"}
)


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        raise Refused(44002)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(47001) from None
    if not isinstance(given, dict):
        raise Refused(47001)
    return given


def _filled(data: object) -> str:
    """A template's values, one a line."""
    if not isinstance(data, dict):
        raise Refused(47001)
    values = [value.get("value") if isinstance(value, dict) else None for value in data.values()]
    return "\n".join(str(value) for value in values if value is not None)


def _check_menu(menu: dict[str, Any]) -> None:
    """Three buttons with five each; names of 4 and 8 汉字 are the platform's advice, 16 and 60 bytes its limit."""
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refused(40016)
    for button in buttons:
        below = button.get("sub_button") if isinstance(button, dict) else None
        if below:
            _check_name(button, 16)
            if not isinstance(below, list) or len(below) > 5:
                raise Refused(40023)
            for item in below:
                _check_button(item, 60)
        else:
            _check_button(button, 16)


def _check_name(button: object, limit: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= limit:
        raise Refused(40018)


def _check_button(button: Any, limit: int) -> None:
    _check_name(button, limit)
    match button.get("type"):
        case "view" | "miniprogram":
            if not 1 <= len(str(button.get("url") or "").encode()) <= 1024:
                raise Refused(40020)
        case "media_id" | "view_limited" | "article_id" | "article_view_limited":
            return
        case (
            "click"
            | "scancode_push"
            | "scancode_waitmsg"
            | "pic_sysphoto"
            | "pic_photo_or_album"
            | "pic_weixin"
            | ("location_select")
        ):
            if not 1 <= len(str(button.get("key") or "").encode()) <= 128:
                raise Refused(40019)
        case _:
            raise Refused(40017)
