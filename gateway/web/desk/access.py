"""Who may call what of the desk. Every method of every handler says who may; one that does not ends the import.

A program shows its session's token as `Authorization: Bearer`. A browser has it in a cookie that no script reads; what
it changes must come from one of our own pages, which its Origin and a token bound to the session say.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_origin

from pydantic import ValidationError
from tornado.web import RequestHandler

from channels.handling import ApiError, JsonHandler, Model, client_address, field_errors, own_origin
from gateway.core.errors import Forbidden, HotlineError, Invalid, NotFound, TooSoon, Unauthorized
from gateway.core.people import SCOPES, Caller, Entrance, Person, SignedIn, csrf_token
from gateway.core.ports import StoreUnavailable

COOKIE = "hotline_desk"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_BEARER = "Bearer "
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_STATUS: Mapping[type[HotlineError], int] = {
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Invalid: 422,
    TooSoon: 429,
}
_NOT_NOW = 409  # every other error of the domain: it is not as it was, or not as it would have to be


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a method. scopes: any of them is enough; with none, whoever is signed in. arriving: also somebody
    who must change their password first. anybody: nobody has to be signed in."""

    scopes: frozenset[str] = frozenset()
    arriving: bool = False
    anybody: bool = False


Handle = TypeVar("Handle", bound=Callable[..., object])
_rules: dict[object, Rule] = {}


def needs(*scopes: str) -> Callable[[Handle], Handle]:
    """For people with any of these scopes. Raises TypeError, at import, for one that there is not."""
    unknown = set(scopes) - SCOPES
    if unknown or not scopes:
        raise TypeError(f"no such scope: {', '.join(sorted(unknown)) or 'none is named'}")
    return _ruled(Rule(frozenset(scopes)))


def _ruled(rule: Rule) -> Callable[[Handle], Handle]:
    def rule_it(method: Handle) -> Handle:
        _rules[method] = rule
        return method

    return rule_it


signed_in = _ruled(Rule())
signed_in_or_arriving = _ruled(Rule(arriving=True))
open_to_all = _ruled(Rule(anybody=True))


@dataclass(frozen=True, slots=True)
class Access:
    """What every handler of the desk is given. public_url: our pages' origin; with none it is the request's."""

    entrance: Entrance
    public_url: str
    trusted_proxies: frozenset[str]


class DeskHandler(JsonHandler):
    """`person` is who calls, except where anybody may. Subclasses override `admitted`, never `prepare`."""

    person: Person

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if cls.prepare is not DeskHandler.prepare:
            raise TypeError(f"{cls.__name__} must not override prepare, which lets people in; override admitted")
        for method in cls.SUPPORTED_METHODS:
            handle = getattr(cls, method.lower())
            if handle is not RequestHandler._unimplemented_method and handle not in _rules:
                raise TypeError(f"{cls.__name__}.{method.lower()} does not say who may call it")

    def _given(self, access: Access) -> None:
        self.access = access
        self._token = ""

    initialize: Callable[..., None] = _given  # subclasses are given more

    @classmethod
    def rule(cls, method: str) -> Rule | None:
        """Who may; None for a method it does not have."""
        return _rules.get(getattr(cls, method.lower(), None))

    # -- who calls ------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        rule = self.rule(self.request.method or "")
        if rule is None:
            return  # Tornado refuses the method
        header = self.request.headers.get("Authorization", "")
        by_program = header.startswith(_BEARER)
        self._token = header[len(_BEARER) :] if by_program else self.get_cookie(COOKIE) or ""
        if not by_program and self.request.method not in SAFE:
            self._check_page(by_cookie=bool(self._token) and not rule.anybody)
        if not rule.anybody:
            await self._let_in(rule)
        await self.admitted()

    async def admitted(self) -> None:
        """Called when whoever calls may; before a streamed body is read."""

    def _check_page(self, *, by_cookie: bool) -> None:
        """That one of our pages asks, not another site's in the same browser."""
        origin = self.request.headers.get("Origin")
        own = own_origin(self.request, self.access.public_url, self.access.trusted_proxies)
        if origin != own and (by_cookie or origin is not None):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        shown = self.request.headers.get(CSRF_HEADER, "")
        if by_cookie and not hmac.compare_digest(shown.encode(), csrf_token(self._token).encode()):
            raise ApiError(403, "csrf", "页面已过期，请刷新后再试")

    async def _let_in(self, rule: Rule) -> None:
        person = await self.access.entrance.who(self._token) if self._token else None
        if person is None:
            raise ApiError(401, "unauthorized", "请先登录")
        if person.must_change_password and not rule.arriving:
            raise ApiError(403, "password_change_needed", "请先修改密码")
        if rule.scopes and not rule.scopes & person.scopes:
            raise ApiError(403, "forbidden", "您的岗位不能这样做", needs=sorted(rule.scopes))
        self.person = person

    def caller(self) -> Caller:
        """Where the request comes from."""
        address = client_address(self.request, self.access.trusted_proxies)
        return Caller(address, self.request.headers.get("User-Agent", ""))

    # -- sessions in browsers -------------------------------------------------------------------------------------

    def keep_in_browser(self, signed_in: SignedIn) -> None:
        """Gone with the browser's session; never shown to scripts or other sites."""
        secure = self.access.public_url.startswith("https:")
        self.set_cookie(COOKIE, signed_in.token, httponly=True, samesite="Strict", secure=secure, path="/")

    # -- what is asked --------------------------------------------------------------------------------------------

    def body(self, model: type[Model]) -> Model:
        """As `JsonHandler.body`; also raises `ApiError` 400 for what no store keeps."""
        if _NUL.search(self.request.body):
            raise ApiError(400, "invalid", "请求内容有误", fields={"body": "a text holds the character NUL"})
        return super().body(model)

    def query(self, model: type[Model]) -> Model:
        """The query's parameters, validated. A name that may come more than once is a tuple. Raises `ApiError` 400."""
        given: dict[str, Any] = {}
        for name in self.request.query_arguments:
            values = self.get_query_arguments(name, strip=False)
            several = name in model.model_fields and get_origin(model.model_fields[name].annotation) is tuple
            given[name] = values if several else values[-1]
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise ApiError(400, "invalid", "请求参数有误", fields=field_errors(error)) from None

    # -- errors ---------------------------------------------------------------------------------------------------

    def _handle_request_exception(self, e: BaseException) -> None:
        told = _told(e)
        if told is None:
            super()._handle_request_exception(e)
            return
        try:  # Tornado answers the exception being handled, not the one it is given
            raise told from e
        except ApiError as error:
            super()._handle_request_exception(error)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, ApiError) and error.status == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="desk"')
        super().write_error(status_code, **kwargs)


def _told(error: BaseException) -> ApiError | None:
    """How an error of the domain is told over HTTP; None for what is a defect."""
    if isinstance(error, StoreUnavailable):
        return ApiError(503, "unavailable", "服务暂时不可用，请稍后再试", retry_after=2)
    if not isinstance(error, HotlineError):
        return None
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), _NOT_NOW)
    retry_after = error.retry_after if isinstance(error, TooSoon) else None
    told = ApiError(status, error.code, error.message, retry_after=retry_after)
    told.details = error.details
    return told
