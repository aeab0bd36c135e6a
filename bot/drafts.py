"""A matter half told: what a text, a correction, or what was sent just before adds to it. Pure; see `filing`."""

from __future__ import annotations

import re

from bot import telling
from bot import ticket_phrases as words
from bot.contract import Memory, TicketKind, Turn

Draft = dict[str, str]

LATELY_SECONDS = 30 * 60
MATTER_CHARS = 3_000
FIELD_CHARS = 120
_EDIT = re.compile(
    r"(?:我要|要|请)?(?:改|修改|更正)?(?P<what>地点|位置|地址|时间|电话|手机|号码|内容|事情|姓名|称呼|place|time|phone|matter)"
    r"(?:错了|写错了|不对|有误)?[,，:： ]*(?:改成|改为|应该是|应为|是|在)?[:： ]*(?P<value>.*)"
)
_FIELD = {
    "地点": "place", "位置": "place", "地址": "place", "place": "place",
    "时间": "when", "time": "when",
    "电话": "phone", "手机": "phone", "号码": "phone", "phone": "phone",
    "内容": "matter", "事情": "matter", "matter": "matter",
    "姓名": "caller", "称呼": "caller",
}  # fmt: skip
CONFIDENTIAL = re.compile(r"(?<!不用)(?<!不要)(?<!不)保密|匿名|不要透露|别透露|keep it confidential")


def told(draft: Draft, text: str) -> Draft:
    """The draft with what a text adds to the matter, and with the facts in it that were not known."""
    if not text:
        return draft
    before = draft.get("matter", "")
    matter = f"{before}\n{text}".strip()[:MATTER_CHARS] if text not in before else before
    found_in = telling.read(text)
    found = {
        "place": found_in.place,
        "when": found_in.when,
        "phone": found_in.phone,
        "caller": found_in.name,
        "kind": found_in.kind or "",
    }
    fresh = {name: value for name, value in found.items() if value and not draft.get(name)}
    if CONFIDENTIAL.search(text):
        fresh["confidential"] = "yes"
    return {**draft, **fresh, "matter": matter}


def lately(draft: Draft, memory: Memory, turn: Turn) -> Draft:
    """With the pictures and the place sent just before."""
    now, pictures = int(turn.now.timestamp()), []
    for entry in memory.lately:
        what, _, rest = entry.partition(":")
        if what == "picture":
            id, _, at = rest.rpartition(":")
            if at.isdecimal() and now - int(at) <= LATELY_SECONDS:
                pictures.append(id)
        else:
            latitude, longitude, at, label = (*rest.split(":", 3), "", "", "", "")[:4]
            if at.isdecimal() and now - int(at) <= LATELY_SECONDS:
                draft = {**draft, "latitude": latitude, "longitude": longitude, "place": label or "见位置"}
    return {**draft, "pictures": " ".join(pictures)} if pictures else draft


def edited(draft: Draft, written: str) -> Draft | None:
    """What a correction changes (地点错了，是育华路12号); None when the text is none."""
    match = _EDIT.fullmatch(written)
    if match is None or not match["value"].strip():
        return None
    field, value = _FIELD[match["what"]], match["value"].strip(" ,，。.")
    if field == "phone":
        value = telling.phone(value)
    if not value:
        return None
    limit = MATTER_CHARS if field == "matter" else FIELD_CHARS
    return {**draft, field: value[:limit]}


def skipping(draft: Draft, what: str) -> Draft:
    return {**draft, "skipped": f"{draft.get('skipped', '')} {what}".strip()}


def kind_of(draft: Draft) -> TicketKind:
    kind = draft.get("kind", "")
    return kind if kind in words.KINDS else "help"


def age(draft: Draft, turn: Turn) -> float:
    at = draft.get("at", "")
    return turn.now.timestamp() - int(at) if at.isdecimal() else float("inf")


def number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
