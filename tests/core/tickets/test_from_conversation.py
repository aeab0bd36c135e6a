"""What a ticket from a conversation would say, and what of it the citizen did not have to be asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.contract import Draft, Memory
from channels.contract import Image, Location, Media, Text, Voice
from gateway.core.model import Conversation, Identity, Message, Owner, Sender, new_id
from gateway.core.tickets.from_conversation import FromConversation, drafted, phone_of
from gateway.core.tickets.reporters import Reporters
from tests.core.tickets.conftest import Clock, Desks

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def conversation(identity: str = "wechat:gh_1:o1", draft: Draft | None = None) -> Conversation:
    return Conversation.model_validate(
        {
            "id": new_id(),
            "channel": identity.partition(":")[0],
            "identity": identity,
            "contact_id": new_id(),
            "owner": Owner(kind="bot", since=NOW),
            "memory": Memory(draft=draft),
            "opened_at": NOW,
            "updated_at": NOW,
        }
    )


def said(*parts: Any, id: str = "m", direction: str = "in", at: datetime = NOW) -> Message:
    return Message.model_validate(
        {
            "id": id,
            "identity": "wechat:gh_1:o1",
            "direction": direction,
            "sender": Sender(kind="citizen" if direction == "in" else "bot"),
            "parts": parts,
            "sent_at": at,
            "accepted_at": at,
        }
    )


def identity(key: str, *, verified: bool = False) -> Identity:
    channel, account, external_id = key.split(":", 2)
    return Identity(
        id=key,
        channel=channel,
        account=account,
        external_id=external_id,
        contact_id="c",
        conversation_id="v",
        verified=verified,
        created_at=NOW,
    )


def test_all_the_citizen_sent_is_in_it() -> None:
    told = [
        said(Image(media=Media(platform_id="p1")), id="m1"),
        said(Image(media=Media(platform_id="p0")), id="m0", direction="out"),
        said(Location(latitude=23.02, longitude=113.75, label="育兴路12号")),
        said(Text(text="路灯坏了三天")),
        said(Text(text="我姓张，电话13912345678")),
        said(Voice(media=Media(), recognition="晚上看不见路"), id="m2"),
        said(Text(text="看附件"), Voice(media=Media()), id="m3"),
    ]
    draft = drafted(conversation(), told, NOW)
    assert draft.matter == "路灯坏了三天\n晚上看不见路\n看附件"
    assert (draft.name, draft.phone) == ("张", "+8613912345678")
    assert (draft.place.label, draft.place.latitude) == ("育兴路12号", 23.02)
    assert [(one.message, one.part) for one in draft.sent] == [("m1", 0), ("m3", 1)]


def test_what_was_half_told_to_the_bot_is_in_it() -> None:
    half = Draft(at=int(NOW.timestamp()), matter="路灯坏了\n电话13912345678", caller="李女士", phone="+8613912345678")
    draft = drafted(conversation(draft=half), [], NOW + timedelta(hours=1))
    assert (draft.matter, draft.name, draft.phone) == ("路灯坏了", "李女士", "+8613912345678")


def test_the_phone_they_write_from_is_known_and_not_shown() -> None:
    half = Draft(at=int(NOW.timestamp()), phone="+8613800138000")
    assert drafted(conversation("sms:1:+8613800138000", half), [], NOW).phone == ""
    sms, proved = identity("sms:1:+8613800138000"), identity("sms:1:+8613912345678", verified=True)
    wechat, unproved = identity("wechat:g:o"), identity("sms:1:+8613700137000")
    assert phone_of(sms, [proved]) == "+8613800138000"
    assert phone_of(wechat, [unproved, proved]) == "+8613912345678"
    assert phone_of(wechat, [unproved]) == ""


@pytest.mark.gen_test
async def test_what_a_ticket_filed_there_took_in_is_not_told_again(desks: Desks, now: Clock) -> None:
    process = desks()
    tickets = FromConversation(process.store, process.desk, process.ledger, Reporters(process.store, process.ledger))
    caller = await process.citizen()
    document = await process.store.get("identities", caller.identity or "")
    assert document is not None
    here = await process.conversations.get(document["conversation_id"])
    assert here is not None
    lamp = said(Text(text="路灯坏了"), at=now())
    now.move(minutes=1)
    await process.file(caller=caller, conversation_id="another")
    assert await tickets.untold(here, [lamp]) == [lamp]
    await process.file(caller=caller, conversation_id=here.id)
    now.move(minutes=1)
    noted = said(Text(text="登记好了"), direction="out", at=now())
    assert await tickets.untold(here, [lamp, noted]) == [lamp, noted], "nothing else was told"
    now.move(minutes=1)
    bins = said(Text(text="垃圾也没人收"), at=now())
    assert await tickets.untold(here, [lamp, noted, bins]) == [noted, bins]
    now.move(minutes=1)
    await process.file(caller=caller, conversation_id=here.id)
    now.move(minutes=1)
    dogs = said(Text(text="还有狗叫"), at=now())
    assert await tickets.untold(here, [lamp, noted, bins, dogs]) == [dogs]
