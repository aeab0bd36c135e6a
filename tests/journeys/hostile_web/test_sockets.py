"""Sockets that say nothing, too much or too often."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import aiohttp
import pytest

from bench.process import descendants
from gateway.storage.redis import RedisBus, RedisConnection
from tests.journeys.hostile_web.conftest import PER_ADDRESS, via
from tests.journeys.test_web import Visitor
from tests.running import RunningGateway


@pytest.mark.gen_test(timeout=30)
async def test_sockets_that_say_nothing_count_for_their_address(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    url = wide.url + "/ws/chat"
    silent = [await http.ws_connect(url, headers=via(f"2001:db8::{number}")) for number in range(PER_ADDRESS)]
    one_more = await http.ws_connect(url, headers=via("2001:db8::ffff"))
    assert (await one_more.receive_json(timeout=5))["code"] == "too_many_requests"
    assert (await one_more.receive(timeout=5)).data == 4429
    elsewhere = await http.ws_connect(url, headers=via("2001:db8:0:1::1"))
    await elsewhere.send_json({"type": "ping"})
    assert (await elsewhere.receive_json(timeout=5))["type"] == "pong"
    for socket in (*silent, elsewhere):
        await socket.close()
    await asyncio.sleep(0.2)
    again = await http.ws_connect(url, headers=via("2001:db8::1"))
    await again.send_json({"type": "ping"})
    assert (await again.receive_json(timeout=5))["type"] == "pong"
    await again.close()


@pytest.mark.gen_test(timeout=30)
async def test_upgrades_and_frames_count_as_requests(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    assert visitor.session is not None
    url = wide.url + "/ws/chat"
    socket = await http.ws_connect(url, headers=via("10.6.0.1"))
    await socket.send_json({"type": "hello", "token": visitor.session.token})
    assert (await socket.receive_json(timeout=5))["type"] == "welcome"
    codes = set()
    for _ in range(3000):  # the allowance fills up again while it is used
        async with http.get(wide.url + "/api/v1/messages", headers={**visitor.headers, **via("10.6.0.1")}) as response:
            codes.add(response.status)
        if 429 in codes:
            break
    assert codes == {200, 429}
    for frame in ({"type": "read", "seq": 1}, {"type": "send", "client_id": "a", "text": "在吗"}):
        await socket.send_json(frame)
        assert (await socket.receive_json(timeout=5))["code"] == "too_many_requests"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(url, headers=via("10.6.0.1"))
    assert refused.value.status == 429
    await socket.close()


@pytest.mark.gen_test(timeout=30)
async def test_pages_of_one_visitor_are_counted_once_and_given_back(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    for _ in range(2):
        sockets = [await visitor.socket() for _ in range(5)]
        assert visitor.session is not None
        sixth = await http.ws_connect(wide.url + "/ws/chat")
        await sixth.send_json({"type": "hello", "token": visitor.session.token})
        assert (await sixth.receive_json(timeout=5))["code"] == "too_many_requests"
        await sixth.close()
        for socket in sockets:
            await socket.live.close()
        await asyncio.sleep(0.2)


@pytest.mark.gen_test(timeout=60)
async def test_a_hello_the_store_failed_may_be_said_again_and_counts_once(
    narrow: RunningGateway, http: aiohttp.ClientSession
) -> None:
    visitor = Visitor(http, narrow.url)
    session = await visitor.begin()
    hello = {"type": "hello", "token": session.token}
    live = await http.ws_connect(narrow.url + "/ws/chat")
    with database_stopped(narrow):
        for _ in range(3):
            await live.send_json(hello)
            assert (await live.receive_json(timeout=8))["code"] == "unavailable"
    for _ in range(50):
        await live.send_json(hello)
        answer = await live.receive_json(timeout=8)
        if answer["type"] == "welcome":
            break
        assert answer["code"] == "unavailable"
        await asyncio.sleep(0.1)
    await live.send_json(hello)
    assert (await live.receive_json(timeout=8))["code"] == "invalid"
    second = await visitor.socket()
    await live.close()
    await second.live.close()
    await asyncio.sleep(0.2)
    for socket in [await visitor.socket(), await visitor.socket()]:
        await socket.live.close()
    silent = await http.ws_connect(narrow.url + "/ws/chat")
    with database_stopped(narrow):
        await silent.send_json(hello)
        assert (await silent.receive_json(timeout=8))["code"] == "unavailable"
    assert (await silent.receive(timeout=12)).data == 4408, "a failed hello is no hello"
    await asyncio.to_thread(narrow.wait_ready)


@contextlib.contextmanager
def database_stopped(running: RunningGateway) -> Iterator[None]:
    """The embedded database answers nothing, and nothing is closed."""
    servers = [pid for pid, command in descendants(running.pid).items() if "redis" not in command]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.gen_test(timeout=30)
async def test_typing_is_told_once_a_second(wide: RunningGateway, visitor: Visitor) -> None:
    await visitor.begin()
    socket = await visitor.socket()
    connection = RedisConnection(wide.stores()[1], "hotline:")
    told = []

    async def listen() -> None:
        async for topic, event in RedisBus(connection).subscribe():
            if topic == "typing":
                told.append(event)

    listening = asyncio.ensure_future(listen())
    await asyncio.sleep(0.5)
    for _ in range(15):
        await socket.live.send_json({"type": "typing"})
    await asyncio.sleep(1.2)
    await socket.live.send_json({"type": "typing"})
    await asyncio.sleep(0.5)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await connection.close()
    await socket.live.close()
    assert len(told) == 2
