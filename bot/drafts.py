"""A matter half told: what words add to it, what is still missing, how it is shown and filed. Pure; see `filing`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from bot import phrases, proof, reading, telling
from bot import ticket_phrases as words
from bot.contract import Draft, Filing, Memory, TicketKind, TicketName, Turn, masked
from bot.phrases import Language

MATTER_CHARS = 4_000
FIELD_CHARS = 100
PICTURES = 9
KEPT_SECONDS = 7 * 86_400  # a matter left half told
LATELY = 6
LATELY_SECONDS = 30 * 60  # what was sent before belongs to the matter told next
LATELY_CHARS = 500

# One question each, in the order they are asked.
Question = Literal["matter", "kind", "place", "time", "phone", "confidential"]
_HAS_PLACE_AND_TIME: frozenset[TicketKind] = frozenset(("help", "complaint", "report"))
_WITHOUT_PHONE: frozenset[TicketKind] = frozenset(("praise",))
_SHOWN_MATTER, _SHOWN_FIELD = 160, 40

Field = Literal["matter", "place", "time", "phone", "caller", "kind"]
_NAMES: dict[str, Field] = {
    "内容": "matter", "事情": "matter", "matter": "matter",
    "地点": "place", "地址": "place", "位置": "place", "地方": "place", "place": "place", "address": "place",
    "时间": "time", "日期": "time", "time": "time", "date": "time",
    "电话": "phone", "手机": "phone", "手机号": "phone", "号码": "phone", "phone": "phone",
    "称呼": "caller", "姓名": "caller", "名字": "caller", "name": "caller",
    "类别": "kind", "类型": "kind", "种类": "kind", "kind": "kind",
}  # fmt: skip
_WHAT = "|".join(sorted(_NAMES, key=len, reverse=True))
_BETWEEN = "[,，.。;；:： ]*"
_CORRECTION = re.compile(
    rf"(?:我要|要|我想|想|请|帮我|把|将|please )*"
    rf"(?:(?P<change>改(?:一下|下)?|修改|更正|change)(?: the| my)? ?(?P<named>{_WHAT})|"
    rf"(?:the |my )?(?P<what>{_WHAT})(?: is|was)? ?[也都又]?"
    rf"(?P<wrong>[写填打]错|(?:写|填|说)得?的?不(?:清楚|对|好|全|准)|错|不对|有误|弄错|搞错|要?改一?[下改]|wrong)(?:了)?|"
    rf"(?:the |my )?(?P<is>{_WHAT})(?=改成|改为|应该是|应为|换成|是|在|写成?|填|叫|[:：]| is ))"
    rf"{_BETWEEN}(?:应该)?(?:改成|改为|应该是|应为|换成|是|为|在|写成?|填|叫|成|to|it is|is|should be)?{_BETWEEN}"
    r"(?P<value>.*?)(?:就(?:行|好|可以)了?|(?<![网酒氧茶水书影啡])吧)?",
    re.IGNORECASE,
)
_VALUE_CHARS = 200
_NO_VALUE = re.compile("[得的了错对清没]")  # 地址写对了吗, 名字填了没
_CITY = re.compile("东莞|深圳|广州|惠州")


# ---- what words and things add ----


def begun(memory: Memory, turn: Turn) -> Draft:
    """A new one, with the phone the channel knows, and with the pictures and the place sent just before."""
    now = int(turn.now.timestamp())
    fresh = [one for one in memory.lately if 0 <= now - one.at <= LATELY_SECONDS]
    draft = Draft(at=now, phone=turn.phone, pictures=tuple(one.text for one in fresh if one.kind == "picture"))
    where = next((one for one in reversed(fresh) if one.kind == "place"), None)
    return draft if where is None else placed(draft, where.text, where.latitude, where.longitude)


def with_words(draft: Draft, text: str, now: datetime) -> Draft:
    """The matter with these words added, and with the facts in them that were not known."""
    own = "" if draft.matter else telling.own_phone(reading.folded(text))  # counts before the one the channel knows
    told = draft.model_copy(update={"phone": own}) if own else draft
    return with_facts(added(told, text), text, now)


def added(draft: Draft, text: str) -> Draft:
    """The matter with these words added as they are."""
    text = reading.clean(text, MATTER_CHARS)
    if not text or text in draft.matter:
        return draft
    return draft.model_copy(update={"matter": f"{draft.matter}\n{text}".strip()[:MATTER_CHARS]})


def with_facts(draft: Draft, text: str, now: datetime) -> Draft:
    """The draft with what a text tells in passing. What is known already stays; a wish for confidence always counts."""
    spoken = reading.folded(text)
    readings: dict[str, Callable[[str], object]] = {
        "kind": telling.kind,
        "happened": lambda spoken: telling.happened(spoken, now),
        "phone": telling.own_phone,
        "caller": telling.caller,
        "place": telling.place,
    }
    changes: dict[str, object] = {}
    for name, read in readings.items():
        known = getattr(draft, name) or (name == "place" and draft.latitude is not None)
        if not known and (value := read(spoken)):
            changes[name] = value
    if telling.confidential(spoken):
        changes["confidential"] = True
    return draft.model_copy(update=changes) if changes else draft


def placed(draft: Draft, label: str, latitude: float | None, longitude: float | None) -> Draft:
    """With a shared location. Words told before stay when the location has none."""
    label = phrases.short(label, FIELD_CHARS) or draft.place
    return draft.model_copy(update={"place": label, "latitude": latitude, "longitude": longitude})


def placed_nearer(draft: Draft, place: str) -> Draft:
    """With what is told of the place after one was told: more of it, or another one where it is of another town."""
    place = telling.place_alone(place.strip())
    known, told = reading.folded(draft.place), reading.folded(place)
    if told in known:
        return draft
    if not known or known in told or telling.town(known) != telling.town(told) != "":
        whole = place
    else:
        whole = f"{draft.place} {place}"
    return draft.model_copy(update={"place": phrases.short(whole, FIELD_CHARS)})


def settled(draft: Draft, name: str) -> Draft:
    """Not to be asked (again)."""
    return draft if name in draft.settled else draft.model_copy(update={"settled": (*draft.settled, name)})


def unasked(draft: Draft) -> Draft:
    """With no question open: what is asked next follows from what is missing."""
    return draft.model_copy(update={"asking": ""})


def corrected(draft: Draft, field: Field, value: str, now: datetime) -> Draft | None:
    """With another value for one field, as it was written; None when it is no value for that field."""
    spoken = reading.folded(value)
    short = phrases.short(reading.clean(value, FIELD_CHARS).strip(" ,，。.;；:："), FIELD_CHARS)
    changes: dict[str, object] = {}
    match field:
        case "matter":
            changes["matter"] = reading.clean(value, MATTER_CHARS)
        case "place":
            # 不对，是雁田村: the town stays
            town = "" if telling.town(spoken) or _CITY.search(spoken) else telling.town_before(draft.place)
            changes |= {
                "place": f"{town}{telling.place_alone(short)}" if short else "",
                "latitude": None,
                "longitude": None,
            }
        case "time":
            changes["happened"] = telling.dated(short, now)
        case "phone":
            changes["phone"] = telling.phone(spoken) or proof.number(spoken.lower()) or ""
        case "caller":
            changes["caller"] = (telling.caller(spoken) or short)[: telling.NAME_CHARS]
        case "kind":
            changes["kind"] = telling.stated_kind(spoken)
    return draft.model_copy(update=changes) if next(iter(changes.values())) else None


def correction(text: str) -> tuple[Field, str] | None:
    """The field a text corrects (地点错了，是育华路12号) and the new value, "" when it gives none; None when it is no
    correction."""
    spoken = " ".join(reading.clean(text, _VALUE_CHARS + 1).split())
    match = _CORRECTION.fullmatch(spoken) if len(spoken) <= _VALUE_CHARS else None
    if match is None:
        return None
    name = match["named"] or match["what"] or match["is"]
    value = match["value"].strip(" ,，。.;；:：")
    if match["is"] and (telling.asks(value) or _NO_VALUE.match(value)):
        return None
    # 地点是… may begin a sentence of the matter; a correction has something to say
    return (_NAMES[name.lower()], value) if value or not match["is"] else None


# ---- what is missing ----


def missing(draft: Draft) -> Question | None:
    """The first thing that is yet to be asked, if any."""
    kind = draft.kind
    wanted: tuple[tuple[Question, bool], ...] = (
        ("matter", not draft.matter),
        ("kind", kind is None),
        ("place", kind in _HAS_PLACE_AND_TIME and not draft.place and draft.latitude is None),
        ("time", kind in _HAS_PLACE_AND_TIME and not draft.happened),
        ("phone", kind not in _WITHOUT_PHONE and not draft.phone),
        ("confidential", kind == "report" and draft.confidential is None),
    )
    return next((question for question, needed in wanted if needed and question not in draft.settled), None)


def expired(draft: Draft, now: datetime) -> bool:
    return now.timestamp() - draft.at > KEPT_SECONDS


# ---- how it is shown and filed ----


def summary(draft: Draft, language: Language) -> str:
    """What will be filed, a line a fact; the phone in part."""
    kind = words.KINDS[draft.kind or "help"](language)
    place = draft.place or (words.SHARED_PLACE(language) if draft.latitude is not None else "")
    phone = masked(draft.phone) if draft.phone else ""
    lines = (
        (words.LINE_KIND, kind),
        (words.LINE_MATTER, phrases.short(draft.matter, _SHOWN_MATTER)),
        (words.LINE_PLACE, phrases.short(place, _SHOWN_FIELD)),
        (words.LINE_WHEN, phrases.short(draft.happened, _SHOWN_FIELD)),
        (words.LINE_NAME, phrases.short(draft.caller, telling.NAME_CHARS)),
        (words.LINE_PHONE, phone),
        (words.LINE_PICTURES, str(len(draft.pictures)) if draft.pictures else ""),
    )
    shown = [phrase(language, value=value) for phrase, value in lines if value]
    return "\n".join([*shown, words.LINE_CONFIDENTIAL(language)] if draft.confidential else shown)


def filed(draft: Draft, name: TicketName) -> Filing:
    return Filing(
        name=name,
        kind=draft.kind or "help",
        matter=draft.matter,
        happened=draft.happened,
        place=draft.place,
        latitude=draft.latitude,
        longitude=draft.longitude,
        caller=draft.caller,
        phone=draft.phone,
        confidential=draft.confidential is True,
        pictures=draft.pictures,
    )
