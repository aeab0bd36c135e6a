"""Who writes English is told in English what became of a code."""

from __future__ import annotations

import pytest

from channels.contract import Address, Text
from tests.core.conftest import Now
from tests.core.contacts.conftest import New


@pytest.mark.gen_test
async def test_the_code(new: New, visitor: Address, phone: Address, now: Now) -> None:
    world = new()
    await world.write(visitor, f"please link my phone {phone.external_id}")
    now.move(1)
    await world.contacts.sweep()
    (message,) = await world.said_to(phone)
    assert isinstance(message.parts[0], Text)
    assert message.parts[0].text.startswith("[12345 Hotline] Code ")


@pytest.mark.gen_test
async def test_why_none_came(new: New, visitor: Address, phone: Address) -> None:
    world = new(sms=False)
    await world.write(visitor, f"please link my phone {phone.external_id}")
    await world.contacts.sweep()
    last = (await world.said_to(visitor))[-1].parts[0]
    assert isinstance(last, Text)
    assert last.text.startswith("No text message can be sent right now")
