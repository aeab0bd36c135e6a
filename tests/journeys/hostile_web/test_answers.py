"""What is answered to whom: origins, refusals, schemes."""

from __future__ import annotations

import aiohttp
import pytest

from channels.web import schemas
from tests.journeys.hostile_web.conftest import PORTAL
from tests.running import RunningGateway


@pytest.mark.gen_test
async def test_errors_can_be_read_by_pages_of_listed_origins(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    headers = {"Origin": PORTAL, "X-Request-Id": "portal-12345"}
    for method, path, status in (("GET", "/api/v1/messages", 401), ("PUT", "/api/v1/messages", 405)):
        async with http.request(method, wide.url + path, headers=headers) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == PORTAL
            assert "Origin" in response.headers["Vary"].split(", ")
            assert response.headers["X-Request-Id"] == "portal-12345"
    async with http.get(wide.url + "/api/v1/messages", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "header"),
    [
        ("GET", "/assets/nope", 404, None),
        ("GET", "/assets/../run.py", 404, None),
        ("POST", "/assets/nope", 405, ("Allow", "GET, HEAD")),
        ("GET", "/ws/chat", 426, ("Upgrade", "websocket")),
        ("POST", "/ws/chat", 405, ("Allow", "GET")),
        ("POST", "/healthz", 405, ("Allow", "GET, HEAD")),
        ("DELETE", "/api/v1/messages", 405, ("Allow", "GET, POST, OPTIONS")),
        ("FOO", "/healthz", 405, ("Allow", "GET, HEAD")),
    ],
)
@pytest.mark.gen_test
async def test_every_refusal_is_of_one_kind(
    wide: RunningGateway,
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    status: int,
    header: tuple[str, str] | None,
) -> None:
    async with http.request(method, wide.url + path) as response:
        assert response.status == status
        schemas.Error.model_validate(await response.json())
        assert "Server" not in response.headers
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"]
        if header is not None:
            assert response.headers[header[0]] == header[1]


@pytest.mark.gen_test
async def test_head_answers_where_get_does(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz", "/", "/api/docs", "/api/openapi.json", "/metrics"):
        async with http.head(wide.url + path) as response, http.get(wide.url + path) as full:
            assert response.status == full.status, path
            assert response.headers["Content-Type"] == full.headers["Content-Type"], path


@pytest.mark.gen_test
async def test_the_scheme_of_our_own_pages_is_the_proxys(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    host = f"127.0.0.1:{wide.port}"
    for origin, proto, status in (
        (f"https://{host}", "https", 201),
        (f"http://{host}", "https", 403),
        (f"https://{host}", "javascript", 403),
        (f"http://{host}", None, 201),
    ):
        headers = {"Origin": origin, **({"X-Forwarded-Proto": proto} if proto else {})}
        async with http.post(wide.url + "/api/v1/sessions", json={}, headers=headers) as response:
            assert response.status == status, (origin, proto)


@pytest.mark.gen_test
async def test_the_description_tells_what_is_too_large(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    async with http.get(wide.url + "/api/openapi.json") as response:
        paths = (await response.json())["paths"]
    for name, methods in paths.items():
        if "post" in methods:
            assert "413" in methods["post"]["responses"], name
