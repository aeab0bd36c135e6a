"""Five thousand open chat sockets on one gateway process: what each costs, and how fast one message reaches them all.

python -m bench.sockets [--sockets N]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.process import cpu_seconds, free_port, resident_bytes, running
from bench.report import figure, percentile, say
from gateway.storage.redis import RedisBus, RedisConnection

BENCH = "sockets"
_AT_ONCE = 50


class Socket:
    """One client: enough of RFC 6455 to say hello and to notice what arrives."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Socket:
        token = (await _post(port, "/api/v1/sessions", {}))["token"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            (
                f"GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            raise RuntimeError(f"no upgrade: {head[:80]!r}")
        socket = cls(reader, writer)
        socket.send({"type": "hello", "token": token, "after": 0})
        welcome = await socket.read()
        if welcome["type"] != "welcome":
            raise RuntimeError(f"not welcome: {welcome}")
        return socket

    def send(self, frame: dict[str, object]) -> None:
        data = json.dumps(frame).encode()
        mask = os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._writer.write(b"\x81" + length + mask + masked)

    async def read(self) -> dict[str, object]:
        """The next text frame; pings are answered on the way."""
        while True:
            first, second = await self._reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                length = int.from_bytes(await self._reader.readexactly(2), "big")
            data = await self._reader.readexactly(length)
            if first & 0x0F == 1:
                found: dict[str, object] = json.loads(data)
                return found
            if first & 0x0F == 9:
                mask = os.urandom(4)
                self._writer.write(
                    bytes([0x8A, 0x80 | length]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))
                )

    def close(self) -> None:
        self._writer.close()


async def _post(port: int, path: str, body: dict[str, object]) -> dict[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(body).encode()
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
        + data
    )
    answer = await reader.read()
    writer.close()
    found: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found


async def until_notice(socket: Socket, text: str) -> float:
    while True:
        frame = await socket.read()
        if frame["type"] == "notice" and frame["text"] == text:
            return time.perf_counter()


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    _allow_files(given.sockets + 500)
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {
            "HOTLINE_PORT": str(port),
            "HOTLINE_DATA_DIR": data,
            "HOTLINE_LOG__LEVEL": "warning",
            "HOTLINE_WEB__SOCKETS_PER_ADDRESS": "100000",
            "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000000",
            "HOTLINE_WEB__REQUESTS_PER_ADDRESS": "1000000",
        }
        with running(["run.py", "serve"], environment, f"http://127.0.0.1:{port}/readyz") as pid:
            redis_url = json.loads((Path(data) / "stores.json").read_text())[1]
            await _measure(given.sockets, given.rounds, port, pid, redis_url)


async def _measure(count: int, rounds: int, port: int, pid: int, redis_url: str) -> None:
    warm = [await Socket.open(port) for _ in range(50)]
    await asyncio.sleep(1)
    before = resident_bytes(pid)
    say(f"opening {count} sockets …")
    began = time.perf_counter()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Socket:
        async with gate:
            return await Socket.open(port)

    sockets = await asyncio.gather(*(one() for _ in range(count)))
    figure(BENCH, f"{count} sockets", "opened", count / (time.perf_counter() - began), "1/s")
    await asyncio.sleep(2)
    each = (resident_bytes(pid) - before) / count / 1024
    figure(BENCH, f"{count} sockets", "memory each, session and conversation included", each, "KiB")
    connection = RedisConnection(redis_url, "hotline:")
    bus = RedisBus(connection)
    try:
        slowest, spent = [], []
        for number in range(rounds):
            text = f"通知 {number}"
            waiting = [asyncio.create_task(until_notice(socket, text)) for socket in sockets]
            await asyncio.sleep(0.5)
            since, cpu = time.perf_counter(), cpu_seconds(pid)
            await bus.publish("notice", {"text": text})
            arrived = await asyncio.wait_for(asyncio.gather(*waiting), 60)
            slowest.append(max(arrived) - since)
            spent.append(cpu_seconds(pid) - cpu)
    finally:
        await connection.close()
    figure(BENCH, f"{count} sockets", "one message through to all, slowest of all rounds", max(slowest), "s")
    figure(BENCH, f"{count} sockets", "one message through to all, median", percentile(slowest, 0.5), "s")
    figure(BENCH, f"{count} sockets", "gateway CPU for one message to all", percentile(spent, 0.5), "s")
    for socket in (*sockets, *warm):
        socket.close()


def _allow_files(count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < count:
        raise SystemExit(f"this machine allows {hard} open files; {count} are needed")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
