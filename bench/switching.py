"""An agent goes from one conversation to another in the browser: how long until its last messages are drawn.

    python -m bench.switching [--messages N] [--switches N]

Two conversations with so many messages each, in a page that has read all of them, as after a long day of looking back.
Needs Chromium, and the page built.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.desk import now, sessions_of, set_capacity
from bench.echo import yardstick
from bench.process import free_port, running
from bench.report import figure, percentile, say
from channels.contract import Address, Text
from gateway.core.model import Contact, Conversation, Delivery, Identity, Message, Owner, Sender, new_id
from gateway.storage.mongo import MongoStore

BENCH = "switching"
NAMES = ("first", "second")
AGENT = "agent000"
_BATCH = 200
_READ_WITHIN = 180_000  # milliseconds for reading a whole thread
_SWITCH = """async id => {
  const link = document.querySelector(`.list a[href$="${id}"]`)
  const begun = performance.now()
  link.click()
  const isHere = () => location.pathname.endsWith(id) && document.querySelector(`[data-seq="${LAST}"]`)
  while (!isHere()) await new Promise(requestAnimationFrame)
  return performance.now() - begun
}"""


async def talk(store: MongoStore, name: str, count: int) -> str:
    """A conversation of the agent's with so many messages; its id."""
    at = now() - timedelta(days=3)
    address = Address(channel="web", account="web", external_id=f"bench-{name}")
    contact = Contact(id=new_id(), created_at=at)
    conversation = Conversation(
        id=new_id(),
        channel="web",
        identity=address.key,
        contact_id=contact.id,
        owner=Owner(kind="agent", id=AGENT, name=AGENT, since=at),
        seq=count,
        opened_at=at,
        updated_at=now(),
    )
    identity = Identity(
        id=address.key,
        channel="web",
        account="web",
        external_id=address.external_id,
        contact_id=contact.id,
        conversation_id=conversation.id,
        created_at=at,
    )
    for collection, value in (("contacts", contact), ("conversations", conversation), ("identities", identity)):
        await store.insert(collection, value.document())
    said = [_message(conversation, number) for number in range(1, count + 1)]
    for begin in range(0, count, _BATCH):
        await store.insert_many("messages", [message.document() for message in said[begin : begin + _BATCH]])
    return conversation.id


def _message(conversation: Conversation, number: int) -> Message:
    incoming, at = number % 3 != 0, conversation.opened_at + timedelta(seconds=number * 20)
    return Message(
        id=f"{conversation.id}:{number}",
        identity=conversation.identity,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        seq=number,
        state="numbered",
        direction="in" if incoming else "out",
        sender=Sender(kind="citizen") if incoming else Sender(kind="agent", id=AGENT, name=AGENT),
        parts=(Text(text=f"第{number}句，" + "说得长一些" * (number % 9)),),
        sent_at=at,
        accepted_at=at,
        delivery=None if incoming else Delivery(state="sent", via="pull", at=at),
    )


async def read_all(page: Page) -> None:
    """Up to the very first message."""
    await page.evaluate(
        """async within => {
          const end = performance.now() + within
          const log = document.querySelector('[role=log]')
          while (!document.querySelector('[data-seq="1"]')) {
            if (performance.now() > end) throw new Error('the beginning does not come')
            log.scrollTop = 0
            await new Promise(done => setTimeout(done, 30))
          }
          log.scrollTop = log.scrollHeight
        }""",
        _READ_WITHIN,
    )


async def measure(url: str, token: str, ids: list[str], given: argparse.Namespace) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    switch = _SWITCH.replace("LAST", str(given.messages))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        await context.add_cookies([{"name": "hotline_desk", "value": token, "url": url}])
        page = await context.new_page()
        await page.goto(f"{url}/desk/conversations")
        await page.wait_for_selector(f'.list a[href$="{ids[1]}"]')
        case = f"{given.messages} messages a thread"
        first = [await page.evaluate(switch, id) for id in ids]
        figure(BENCH, case, "first opening, longest", max(first), "ms")
        for id in ids:
            await page.evaluate(switch, id)
            say(f"reading {given.messages} messages in the browser …")
            await read_all(page)
        took = [await page.evaluate(switch, ids[number % 2]) for number in range(given.switches)]
        figure(BENCH, case, "switching, p50", percentile(took, 0.5), "ms")
        figure(BENCH, case, "switching, p99", percentile(took, 0.99), "ms")
        drawn = await page.locator("[data-seq]").count()
        figure(BENCH, case, "messages drawn", drawn, "messages")
        await browser.close()


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.switching", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--switches", type=int, default=100)
    given = parser.parse_args(arguments)
    await yardstick(BENCH)
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {"HOTLINE_PORT": str(port), "HOTLINE_DATA_DIR": data, "HOTLINE_LOG__LEVEL": "warning"}
        environment |= {"HOTLINE_HANDOFF__LOST_AFTER": "1d", "HOTLINE_HANDOFF__SILENT_AFTER": "30d"}
        url = f"http://127.0.0.1:{port}"
        with running(["run.py", "serve"], environment, f"{url}/readyz"):
            mongo_url = json.loads((Path(data) / "stores.json").read_text())[0]
            await set_capacity(mongo_url, 1, 10)
            token = (await sessions_of(mongo_url, 1))[AGENT]
            store = MongoStore(mongo_url, "hotline", timeout=30.0)
            say("filling two conversations …")
            ids = [await talk(store, name, given.messages) for name in NAMES]
            await store.close()
            await asyncio.sleep(16)  # until the gateway has read what people have
            await measure(url, token, ids, given)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
