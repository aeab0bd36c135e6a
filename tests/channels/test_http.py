"""The platforms' HTTP client: what it sends, its bounds, and which error each failure is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from channels.contract import PermanentChannelError, TemporaryChannelError, UncertainChannelError
from channels.http import Http
from gateway.core.delivery.courier import IN_HAND


class _Server(RequestHandler):
    async def prepare(self) -> None:
        match self.request.path:
            case "/echo":
                self.set_header("Retry-After", "7")
                self.finish(
                    {
                        "method": self.request.method,
                        "query": self.request.query,
                        "body": self.request.body.decode(),
                        "type": self.request.headers.get("Content-Type", ""),
                        "auth": self.request.headers.get("Authorization", ""),
                        "cookie": self.request.headers.get("Cookie", ""),
                    }
                )
            case "/cookie":
                self.set_cookie("a", "1")
                self.finish("")
            case "/slow":
                await asyncio.sleep(5)
            case "/large":
                for _ in range(100):
                    self.write(b"x" * 1000)
                    await self.flush()
                self.finish()
            case "/there":
                self.redirect("/echo?went=1")
            case "/elsewhere":
                self.redirect("http://127.0.0.1:9/echo")
            case "/round":
                self.redirect("/round")
            case "/cut":
                self.request.connection.stream.close()  # type: ignore[union-attr]
            case _:
                self.send_error(500)


class Site:
    def __init__(self) -> None:
        self.server = HTTPServer(Application([(r".*", _Server)]))
        socket, port = bind_unused_port()
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{port}"
        self.http = Http(timeout=0.5, max_bytes=50_000)

    async def close(self) -> None:
        await self.http.close()
        self.server.stop()
        await self.server.close_all_connections()


@pytest.fixture
def site(io_loop: Any) -> Iterator[Site]:
    made = Site()
    yield made
    io_loop.run_sync(made.close, timeout=10)


@pytest.mark.gen_test
async def test_json_form_query_and_name(site: Site) -> None:
    got = await site.http.request("POST", site.url + "/echo", json={"a": "你"}, params={"q": "1 2"})
    assert got.status == 200
    assert got.retry_after == 7.0
    assert got.json()["body"] == '{"a":"你"}'
    assert got.json()["type"] == "application/json; charset=utf-8"
    assert got.json()["query"] == "q=1+2"
    got = await site.http.request("POST", site.url + "/echo", form=[("To", "+86"), ("To", "2")], auth=("sid", "secret"))
    assert got.json()["body"] == "To=%2B86&To=2"
    assert got.json()["auth"] == "Basic c2lkOnNlY3JldA=="


@pytest.mark.gen_test
async def test_statuses_are_the_callers_to_judge(site: Site) -> None:
    assert (await site.http.request("GET", site.url + "/none")).status == 500


@pytest.mark.gen_test
async def test_no_cookies_and_no_proxies(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    await site.http.request("GET", site.url + "/cookie")
    assert (await site.http.request("GET", site.url + "/echo")).json()["cookie"] == ""


@pytest.mark.gen_test
async def test_redirects(site: Site) -> None:
    assert (await site.http.request("GET", site.url + "/there")).json()["query"] == "went=1"
    for path in ("/elsewhere", "/round"):
        with pytest.raises(PermanentChannelError, match="redirected"):
            await site.http.request("GET", site.url + path)
    with pytest.raises(PermanentChannelError, match="redirected"):
        await site.http.request("POST", site.url + "/there", json={})


@pytest.mark.gen_test
async def test_large_answers(site: Site) -> None:
    with pytest.raises(PermanentChannelError, match="larger"):
        await site.http.request("GET", site.url + "/large")
    assert len((await site.http.request("GET", site.url + "/large", max_bytes=100_000)).body) == 100_000


@pytest.mark.gen_test
async def test_calls_that_hang_do_not_keep_others_from_being_made(site: Site) -> None:
    """All that delivery has in hand may hang, and a file is fetched nevertheless."""
    calls = (site.http.request("POST", site.url + "/slow", json={}, timeout=4.0) for _ in range(IN_HAND))
    hanging = asyncio.gather(*calls, return_exceptions=True)
    await asyncio.sleep(0.1)
    got = await asyncio.gather(site.http.request("GET", site.url + "/echo", timeout=3.0), return_exceptions=True)
    assert not hanging.done()
    hanging.cancel()
    await asyncio.wait([hanging])
    assert [getattr(answer, "status", answer) for answer in got] == [200]


@pytest.mark.gen_test
@pytest.mark.parametrize("path", ["/slow", "/cut"])
async def test_no_answer(site: Site, path: str) -> None:
    with pytest.raises(UncertainChannelError):
        await site.http.request("POST", site.url + path + "?access_token=secret", json={})
    with pytest.raises(TemporaryChannelError) as caught:
        await site.http.request("GET", site.url + path + "?access_token=secret")
    assert "secret" not in str(caught.value)


@pytest.mark.gen_test
async def test_nobody_there(site: Site) -> None:
    with pytest.raises(TemporaryChannelError, match="no connection"):
        await site.http.request("POST", "http://127.0.0.1:9/", json={})


@pytest.mark.gen_test
@pytest.mark.parametrize("url", ["", "nothing", "http://", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/"])
async def test_addresses_that_are_none(site: Site, url: str) -> None:
    with pytest.raises(PermanentChannelError):
        await site.http.request("POST", url, json={})
