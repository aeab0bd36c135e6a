"""Who is let in where: every method says who may, browsers must come from our pages, and ended is ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tornado.routing import URLSpec

from gateway.core.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, TooSoon, Unauthorized
from gateway.core.people import Role
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets.machine import Refused
from gateway.web.desk.access import COOKIE, CSRF_HEADER, DeskHandler, needs, open_to_all, signed_in
from tests.core.people.conftest import PASSWORD
from tests.web.desk.site import Browser, Site


class TestAtImport:
    def test_a_method_that_does_not_say_who_may_call_it(self) -> None:
        with pytest.raises(TypeError, match=r"Silent\.post does not say who may call it"):

            class Silent(DeskHandler):
                @needs("people.manage")
                async def get(self) -> None: ...

                async def post(self) -> None: ...

    def test_one_that_overrides_one_that_does(self) -> None:
        class Said(DeskHandler):
            @needs("people.manage")
            async def get(self) -> None: ...

        with pytest.raises(TypeError, match=r"Overridden\.get"):

            class Overridden(Said):
                async def get(self) -> None: ...

    def test_a_scope_that_there_is_not(self) -> None:
        with pytest.raises(TypeError, match=r"people\.mange"):
            needs("people.manage", "people.mange")
        with pytest.raises(TypeError, match="none"):
            needs()

    def test_letting_people_in_oneself(self) -> None:
        class Careless:
            async def prepare(self) -> None: ...

        with pytest.raises(TypeError, match="override admitted"):

            class Open(Careless, DeskHandler):
                pass

    def test_what_is_said_is_known(self) -> None:
        class Some(DeskHandler):
            @needs("audit.read", "people.manage")
            async def get(self) -> None: ...

            head = get

            @signed_in
            async def put(self) -> None: ...

            @open_to_all
            async def post(self) -> None: ...

        rules = {method: Some.rule(method) for method in ("GET", "HEAD", "PUT", "POST", "DELETE", "NONSENSE")}
        assert rules["GET"] is not None
        assert rules["GET"] is rules["HEAD"]
        assert rules["GET"].scopes == {"audit.read", "people.manage"}
        assert rules["PUT"] is not None
        assert (rules["PUT"].scopes, rules["PUT"].anybody) == (frozenset(), False)
        assert rules["POST"] is not None
        assert rules["POST"].anybody
        assert rules["DELETE"] is rules["NONSENSE"] is None


class TestPrograms:
    @pytest.mark.gen_test
    async def test_a_scope_is_needed_and_enough(self, site: Site) -> None:
        allowed: dict[Role, int] = {"administrator": 200, "shift_leader": 200, "agent": 403, "supervisor": 403}
        for role, status in allowed.items():
            caller = await site.program(role)
            answer = await caller.call("GET", "/deliveries")
            assert (answer.status, role) == (status, role)
            if status == 403:
                assert answer.code == "forbidden"
                assert answer.body["error"]["details"] == {"needs": ["deliveries.manage"]}

    @pytest.mark.gen_test
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "bearer x", "Basic YTpi", "x" * 3000])
    async def test_nobody(self, site: Site, header: str) -> None:
        answer = await site.call("GET", "/deliveries", Authorization=header)
        assert (answer.status, answer.code) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="desk"'

    @pytest.mark.gen_test
    async def test_a_method_that_is_not_there(self, site: Site) -> None:
        caller = await site.program("administrator")
        answer = await caller.call("PUT", "/people", {})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")

    @pytest.mark.gen_test
    async def test_a_token_needs_no_page(self, site: Site) -> None:
        caller = await site.program("administrator")
        assert (await caller.call("POST", "/people/nobody/unlock")).status == 404
        elsewhere = await caller.call("POST", "/people/nobody/unlock", Origin="https://evil.example")
        assert elsewhere.status == 404
        assert "Access-Control-Allow-Origin" not in elsewhere.headers, "so no page of theirs can read it"

    @pytest.mark.gen_test
    async def test_a_wrong_token_is_not_helped_by_a_cookie(self, site: Site) -> None:
        await site.people.add()
        token = await site.people.sign_in()
        answer = await site.call("GET", "/session", Authorization="Bearer x", Cookie=f"{COOKIE}={token}")
        assert answer.status == 401

    @pytest.mark.gen_test
    async def test_ended_in_one_process_is_ended_in_the_other(self, two_sites: tuple[Site, Site]) -> None:
        here, _ = two_sites
        administrator = await here.program("administrator")
        await here.people.add()
        token = await here.people.sign_in()
        for site in two_sites:
            assert (await site.call("GET", "/session", Authorization=f"Bearer {token}")).status == 200
        assert (await administrator.call("POST", "/people/li.na/disable", {"reason": "离岗"})).status == 200
        for site in two_sites:
            assert (await site.call("GET", "/session", Authorization=f"Bearer {token}")).status == 401


class TestBrowsers:
    @pytest.mark.gen_test
    async def test_the_cookie_is_for_our_pages_alone(self, site: Site, open_site: Callable[..., Site]) -> None:
        await site.people.add()
        browser = Browser(site)
        assert (await browser.sign_in("li.na")).status == 201
        flags = {part.strip() for part in browser.set_cookie.split(";")[1:]}
        assert flags == {"HttpOnly", "Path=/", "SameSite=Strict"}, "gone with the browser's session"
        public = Browser(open_site(public_url="https://12345.example.cn"), "https://12345.example.cn")
        assert (await public.sign_in("li.na")).status == 201
        assert "Secure" in {part.strip() for part in public.set_cookie.split(";")}

    @pytest.mark.gen_test
    async def test_our_page_works(self, site: Site) -> None:
        await site.people.add()
        browser = Browser(site)
        await browser.sign_in("li.na")
        assert (await browser.call("GET", "/session")).body["username"] == "li.na"
        assert (await browser.call("DELETE", "/session")).status == 204
        assert browser.cookie == ""

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({CSRF_HEADER: ""}, "csrf"),
            ({CSRF_HEADER: "x"}, "csrf"),
            ({CSRF_HEADER: "页面".encode().decode("latin-1")}, "csrf"),
            ({"Origin": "https://evil.example"}, "origin_not_allowed"),
            ({"Origin": "null"}, "origin_not_allowed"),
            ({"Origin": ""}, "origin_not_allowed"),
        ],
    )
    async def test_another_sites_page_changes_nothing(self, site: Site, headers: dict[str, str], code: str) -> None:
        await site.people.add()
        browser = Browser(site)
        await browser.sign_in("li.na")
        for method, path in (("DELETE", "/session"), ("POST", "/session/password"), ("PATCH", "/people/li.na")):
            answer = await browser.call(method, path, {} if method != "DELETE" else None, **headers)
            assert (answer.status, answer.code) == (403, code)
        assert (await browser.call("GET", "/session")).status == 200

    @pytest.mark.gen_test
    async def test_without_an_origin_a_cookie_changes_nothing(self, site: Site) -> None:
        await site.people.add()
        browser = Browser(site)
        await browser.sign_in("li.na")
        given = {"Cookie": f"{COOKIE}={browser.cookie}", CSRF_HEADER: browser.csrf}
        assert (await site.call("DELETE", "/session", **given)).code == "origin_not_allowed"

    @pytest.mark.gen_test
    async def test_the_token_of_another_session_is_not_enough(self, site: Site) -> None:
        await site.people.add()
        one, other = Browser(site), Browser(site)
        await one.sign_in("li.na")
        await other.sign_in("li.na")
        assert (await one.call("DELETE", "/session", **{CSRF_HEADER: other.csrf})).code == "csrf"

    @pytest.mark.gen_test
    async def test_another_sites_page_cannot_sign_somebody_in(self, site: Site) -> None:
        await site.people.add()
        answer = await Browser(site, "https://evil.example").sign_in("li.na")
        assert (answer.status, answer.code) == (403, "origin_not_allowed")
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.gen_test
    async def test_the_origin_is_the_public_one_or_the_one_a_trusted_proxy_names(
        self, open_site: Callable[..., Site]
    ) -> None:
        public = open_site(public_url="https://12345.example.cn")
        await public.people.add()
        assert (await Browser(public).sign_in("li.na")).code == "origin_not_allowed", "not by the Host header"
        behind = open_site(trusted=frozenset({"127.0.0.1"}))
        browser = Browser(behind, behind.url.replace("http:", "https:"))
        assert (await browser.call("POST", "/session", {"username": "li.na", "password": PASSWORD})).status == 403
        given = {"username": "li.na", "password": PASSWORD}
        assert (await browser.call("POST", "/session", given, X_Forwarded_Proto="https")).status == 201


class TestArriving:
    @pytest.mark.gen_test
    async def test_who_must_change_the_password_can_do_nothing_else(self, site: Site) -> None:
        await site.people.add("root", "administrator", lasting=False)
        browser = Browser(site)
        assert (await browser.sign_in("root")).body["must_change_password"] is True
        for method, path in (
            ("GET", "/people"),
            ("GET", "/deliveries"),
            ("GET", "/sessions"),
            ("POST", "/session/totp"),
        ):
            answer = await browser.call(method, path, {} if method == "POST" else None)
            assert (answer.status, answer.code) == (403, "password_change_needed")
        assert (await browser.call("GET", "/session")).status == 200
        changed = await browser.call("POST", "/session/password", {"old": PASSWORD, "new": "换了一个新的密码 77"})
        assert changed.body["must_change_password"] is False
        assert (await browser.call("GET", "/people")).status == 200


class TestErrors:
    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Unauthorized("登录失败"), 401, "unauthorized"),
            (Forbidden("不行"), 403, "forbidden"),
            (NotFound("没有"), 404, "not_found"),
            (Conflict("变了"), 409, "conflict"),
            (Invalid("不对", field="x"), 422, "invalid"),
            (TooSoon("太快", 12.4), 429, "too_many_requests"),
            (Refused("wrong_state", "已经办结"), 409, "refused"),
            (StoreUnavailable("away"), 503, "unavailable"),
            (RuntimeError("a defect"), 500, "error"),
        ],
    )
    async def test_each_kind_has_its_status(
        self,
        open_site: Callable[..., Site],
        caplog: pytest.LogCaptureFixture,
        error: Exception,
        status: int,
        code: str,
    ) -> None:
        class Raises(DeskHandler):
            @open_to_all
            async def get(self) -> None:
                raise error

        site = open_site(also=lambda access: [URLSpec(r"/api/v1/desk/raises", Raises, {"access": access})])
        answer = await site.call("GET", "/raises")
        assert (answer.status, answer.code) == (status, code)
        if isinstance(error, HotlineError):
            assert answer.body["error"]["message"] == error.message
            assert answer.body["error"]["details"] == error.details
        assert ("a request failed" in caplog.text) == (status == 500), "what is told is no defect"
        assert answer.headers.get("Retry-After") == {429: "13", 503: "2"}.get(status)
