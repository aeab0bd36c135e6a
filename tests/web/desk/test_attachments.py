"""Files of tickets over HTTP."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

import pytest

from channels.contract import Image, Media
from gateway.core.audit import AUDIT
from gateway.core.model import Message, Sender
from gateway.core.tickets import moves
from gateway.core.tickets.attachments import MOST_BYTES
from gateway.core.tickets.model import Attachment
from gateway.web.desk.attachments import AttachmentList, AttachmentView
from tests.web.desk.office import LEADER, LIGHTS, Office, Raw
from tests.web.desk.site import Program

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20_000  # more than an ordinary request may be
REASON = "因为是这样"


def office_file(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return held.getvalue()


async def added(
    office: Office, caller: Program, number: str, data: bytes, name: str = "现场.png", asked: str = ""
) -> Raw:
    begin = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    form = io.BytesIO(begin + data + b"\r\n--edge--\r\n")
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    return await office.raw(caller, "POST", f"/tickets/{number}/attachments{asked}", form, **kind)


async def names(caller: Program, number: str) -> list[str]:
    answer = await caller.call("GET", f"/tickets/{number}/attachments")
    return [one.name for one in AttachmentList.model_validate(answer.body).attachments]


@pytest.mark.gen_test(timeout=60)
async def test_added_listed_and_read(office: Office) -> None:
    ticket = await office.file()
    agent = await office.site.program("agent")
    answer = await added(office, agent, ticket.id, PNG, asked="?public=true")
    assert answer.status == 201, answer.body
    kept = AttachmentView.model_validate_json(answer.body)
    assert (kept.name, kept.content_type, kept.public) == ("现场.png", "image/png", True)
    assert await names(agent, ticket.id) == ["现场.png"]
    read = await office.raw(agent, "GET", f"/tickets/{ticket.id}/attachments/{kept.id}")
    assert (read.status, read.body) == (200, PNG)
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote('现场.png')}"
    assert [event.move for event in await office.ledger.events(await office.ledger.get(ticket.id))][-1] == "attach"
    for missing in (f"/tickets/{ticket.id}/attachments/other", f"/tickets/DG000000000000000/attachments/{kept.id}"):
        assert (await agent.call("GET", missing)).status == 404


@pytest.mark.gen_test(timeout=60)
async def test_what_is_not_taken(office: Office) -> None:
    ticket = await office.file()
    agent = await office.site.program("agent")
    for data, name in (
        (b"<html><script>alert(1)</script>", "a.png"),
        (office_file("word/document.xml", "word/vbaProject.bin"), "a.docx"),
        (office_file("a.exe"), "a.docx"),
        (b"PK\x03\x04 no archive", "a.xlsx"),
    ):
        assert (await added(office, agent, ticket.id, data, name)).status == 415
    for beyond in (1, 64 * 1024):
        assert (await added(office, agent, ticket.id, PNG[:8].ljust(MOST_BYTES + beyond, b"0"))).status == 413
    assert (await added(office, agent, ticket.id, PNG, asked="?public=perhaps")).status == 400
    assert (await agent.call("POST", f"/tickets/{ticket.id}/attachments", {"file": "x"})).status == 415
    for role in ("supervisor", "administrator"):
        nobody = await office.site.program(role)  # type: ignore[arg-type]
        assert (await added(office, nobody, ticket.id, PNG)).status == 403
    stranger = await office.site.program("unit_clerk", unit="water")
    assert (await added(office, stranger, ticket.id, PNG)).status == 404
    assert await names(agent, ticket.id) == []
    for data, name in (
        (office_file("word/document.xml"), "情况说明.docx"),
        (office_file("xl/workbook.xml"), "明细.xlsx"),
    ):
        assert (await added(office, agent, ticket.id, data, name)).status == 201
    assert await names(agent, ticket.id) == ["情况说明.docx", "明细.xlsx"]


@pytest.mark.gen_test(timeout=60)
async def test_what_is_for_colleagues_is_for_ones_own(office: Office) -> None:
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights", joint=("water",), mode="joint"))
    agent = await office.site.program("agent")
    lights = await office.site.program("unit_clerk", username="lights.x", unit="lights")
    water = await office.site.program("unit_clerk", username="water.x", unit="water")
    await added(office, agent, ticket.id, PNG, "热线.png")
    hidden = AttachmentView.model_validate_json((await added(office, lights, ticket.id, PNG, "路灯所.png")).body)
    assert (hidden.by, hidden.unit, hidden.public) == ("lights.x", "lights", False)
    await added(office, water, ticket.id, PNG, "水务局公开.png", "?public=true")
    assert await names(agent, ticket.id) == ["热线.png", "路灯所.png", "水务局公开.png"]
    assert await names(lights, ticket.id) == ["路灯所.png", "水务局公开.png"]
    assert await names(water, ticket.id) == ["水务局公开.png"]
    assert (await water.call("GET", f"/tickets/{ticket.id}/attachments/{hidden.id}")).status == 404


@pytest.mark.gen_test(timeout=60)
async def test_what_the_citizen_sent_is_where_their_message_has_it(office: Office) -> None:
    sent = [Attachment(id=f"A{place}", message=f"wechat:gh:{place}", part=0, by="citizen") for place in (1, 2)]
    ticket = await office.file(kind="report", confidential=True, attachments=tuple(sent))
    blob = await office.store.put_blob("来信.jpg", b"\xff\xd8\xffjpeg", "image/jpeg", {"owner": "C1"})
    at = office.now()
    message = Message(
        id="wechat:gh:1",
        identity="wechat:gh:o1",
        conversation_id="C1",
        seq=1,
        state="numbered",
        direction="in",
        sender=Sender(kind="citizen"),
        parts=(Image(media=Media(blob_id=blob, content_type="image/jpeg")),),
        sent_at=at,
        accepted_at=at,
    )
    await office.store.insert("messages", message.document())
    leader, agent = await office.site.program("shift_leader"), await office.site.program("agent")
    listed = await leader.call("GET", f"/tickets/{ticket.id}/attachments")
    known = [(one.id, one.content_type) for one in AttachmentList.model_validate(listed.body).attachments]
    assert known == [("A1", "image/jpeg"), ("A2", "")]
    read = await office.raw(leader, "GET", f"/tickets/{ticket.id}/attachments/A1")
    assert (read.status, read.body, read.headers["Content-Type"]) == (200, b"\xff\xd8\xffjpeg", "image/jpeg")
    assert (await leader.call("GET", f"/tickets/{ticket.id}/attachments/A2")).status == 404, "not fetched yet"
    assert (await agent.call("GET", f"/tickets/{ticket.id}/attachments/A1")).status == 404
    assert (await leader.call("GET", f"/tickets/{ticket.id}")).status == 200
    looks = await office.store.find(AUDIT, {"about": ticket.id}, limit=10)
    assert {(line["action"], line["actor"]) for line in looks} == {("ticket.look", leader.username)}
    assert len(looks) == 3, "every look is known"


@pytest.mark.gen_test(timeout=60)
async def test_an_archived_ticket_takes_no_more(office: Office) -> None:
    ticket = await office.file()
    agent = await office.site.program("agent")
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights"))
    await office.move(LIGHTS, ticket.id, moves.Sign())
    document = await office.store.get("tickets", ticket.id)
    assert document is not None
    assert await office.store.replace("tickets", {**document, "state": "archived"})
    answer = await added(office, agent, ticket.id, PNG)
    assert (answer.status, b"wrong_state" in answer.body) == (409, True)
