"""Proving a phone number: the flow `phone`. Asks for the number, has a code sent there, checks what is written back.

`Memory.flow_state` holds phone (E.164, empty while it is asked for), code and the number it was sent to (last),
sent_at (milliseconds), tries (wrong ones with this code), codes (how many were sent), and beside: the flow that another
question met on the way left. Pure; the code comes with the turn.
Nothing said here tells whether a number is known.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta

from bot import dialogue, intents, phrases, reading
from bot.contract import CODE_LIFETIME, Decision, Join, Memory, Prove, masked
from bot.dialogue import Scene

FLOW = "phone"
AGAIN_MS = 60 * 1000  # before another code goes to the same number
CODES = 3  # in one flow
TRIES = 5  # with one code
_VALID_MS = CODE_LIFETIME // timedelta(milliseconds=1)

# https://www.miit.gov.cn: mobile numbers of the mainland have 11 digits and begin with 13 to 19
_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
# ITU-T E.164: a country code that does not begin with 0, 15 digits at most
_ABROAD = re.compile(r"(?:\+|00)(?!86)([1-9][0-9]{6,14})")
_WRITTEN_NUMBER = re.compile(
    r"(?:(?:我的?|这是|就是|绑定)*(?:手机|电话|联系)*(?:号码|号)?[是为:, ]*|"
    r"(?:my )?(?:phone|mobile)?(?: ?number)?(?: is|:)? ?)"
    r"(?P<number>[+(]{0,2} ?[0-9][0-9 ()+.·\-–—]{3,28}?)[ ,。.;!]*"
)
_WRITTEN_CODE = re.compile(
    r"(?:(?:短信)?验证码|(?:the |my )?code)?[是为:, ]*(?:is )?(?P<code>[0-9](?:[ \-]?[0-9]){3,7})[ ,。.;!]*"
)
_SHORTEST_NUMBER = 5
_CODE_DIGITS = 6
_LEAVING = frozenset(("cancel", "back", "stop_waiting"))


def number(text: str) -> str | None:
    """The E.164 number a text consists of, written in any usual way; "" when it is a number and no mobile one, None
    when it is none at all. text: as `reading.plain` returns it."""
    written = _WRITTEN_NUMBER.fullmatch(text)
    if written is None:
        return None
    compact = re.sub(r"[^0-9+]", "", written["number"])
    if mainland := _MAINLAND.fullmatch(compact):
        return f"+86{mainland[1]}"
    if abroad := _ABROAD.fullmatch(compact):
        return f"+{abroad[1]}"
    return "" if len(compact) >= _SHORTEST_NUMBER else None


def start(scene: Scene, written: str = "") -> Decision:
    """The citizen wants a phone known. written: the number, if it came along. Asked again in the flow, what counts
    against its limits is kept."""
    turn = scene.turn
    if turn.phone or turn.channel == "sms":
        words = scene.say(phrases.PHONE_HERE, phone=masked(turn.phone)) if turn.phone else None
        return Decision("phone_here", scene.memory, (words or scene.say(phrases.PHONE_HERE_BARE),))
    memory = scene.memory
    if memory.flow != FLOW:
        memory = dialogue.in_flow(memory, FLOW, turn)
    scene = scene.with_memory(memory)
    if written:
        return _numbered(scene, number(reading.plain(written)) or "")
    return Decision("phone", _without_number(memory), (scene.say(phrases.PHONE_ASK),))


def step(scene: Scene) -> Decision | None:
    """The next text in the flow; None when it is about something else."""
    command = intents.command(scene.text)
    kind = command.kind if command else ""
    if command is not None and kind == "phone":
        return start(scene, command.detail)
    if kind in _LEAVING:
        return Decision("phone_cancel", dialogue.out_of_flow(scene.memory), (scene.say(phrases.PHONE_CANCELLED),))
    if kind == "other_number":
        return Decision("phone", _without_number(scene.memory), (scene.say(phrases.PHONE_ASK_OTHER),))
    phone = scene.memory.flow_state.get("phone", "")
    if kind == "resend":
        return _send(scene, phone) if phone else Decision("phone", scene.memory, (scene.say(phrases.PHONE_ASK),))
    written = number(scene.text)
    if not phone:
        return None if written is None else _numbered(scene, written)
    if written:
        return _numbered(scene, written)
    code = _WRITTEN_CODE.fullmatch(scene.text)
    if code is None:
        return None
    digits = re.sub(r"[^0-9]", "", code["code"])
    if len(digits) == _CODE_DIGITS:
        return _check(scene, digits)
    if len(digits) == _SHORTEST_NUMBER and digits[0] in "19":
        return None  # 12345, 12329, 95598: the number of a service
    return Decision("phone_code_odd", scene.memory, (scene.say(phrases.PHONE_SIX_DIGITS, phone=masked(phone)),))


def _numbered(scene: Scene, phone: str) -> Decision:
    if not phone:
        return Decision("phone_not_mobile", scene.memory, (scene.say(phrases.PHONE_NOT_MOBILE),))
    return _send(scene, phone)


def _send(scene: Scene, phone: str) -> Decision:
    memory, now = scene.memory, _milliseconds(scene.turn.now)
    state = memory.flow_state
    codes = _count(state, "codes")
    if codes >= CODES:
        if state.get("code"):
            return Decision("phone_no_more", memory, (scene.say(phrases.PHONE_NO_MORE, codes=codes),))
        return Decision("phone_no_more", dialogue.out_of_flow(memory), (scene.say(phrases.PHONE_OVER),))
    left = _count(state, "sent_at") + AGAIN_MS - now
    if left > 0 and phone == state.get("last", ""):
        # that may be the number left for another one a moment ago; its code still counts
        words = scene.say(phrases.PHONE_WAIT, phone=masked(phone), seconds=-(-left // 1000))
        return Decision("phone_wait", dialogue.changed(memory, flow_state={**state, "phone": phone}), (words,))
    code = scene.turn.dice
    state = {
        **state,
        "phone": phone,
        "last": phone,
        "code": code,
        "sent_at": str(now),
        "tries": "0",
        "codes": str(codes + 1),
    }
    return Decision(
        "phone_code",
        dialogue.changed(memory, flow_state=state, offered=()),
        (scene.say(phrases.PHONE_SENT, phone=masked(phone)),),
        prove=Prove(phone, code, _moment(now)),
    )


def _check(scene: Scene, digits: str) -> Decision:
    memory, state = scene.memory, scene.memory.flow_state
    phone, code, sent_at = state.get("phone", ""), state.get("code", ""), _count(state, "sent_at")
    if not code or not 0 <= _milliseconds(scene.turn.now) - sent_at <= _VALID_MS:
        return _void(scene, "phone_expired")
    if hmac.compare_digest(digits.encode(), code.encode("utf-8", "replace")):
        words = scene.say(phrases.PHONE_BOUND, phone=masked(phone))
        return Decision("phone_bound", dialogue.out_of_flow(memory), (words,), join=Join(phone, _moment(sent_at)))
    tries = _count(state, "tries") + 1
    if tries >= TRIES:
        return _void(scene, "phone_tries_over")
    memory = dialogue.changed(memory, flow_state={**state, "tries": str(tries)})
    return Decision("phone_wrong", memory, (scene.say(phrases.PHONE_WRONG, left=TRIES - tries),))


def _void(scene: Scene, intent: str) -> Decision:
    """The code counts no more; a new one is offered while there may be one."""
    state = scene.memory.flow_state
    if _count(state, "codes") >= CODES:
        return Decision(intent, dialogue.out_of_flow(scene.memory), (scene.say(phrases.PHONE_OVER),))
    words = phrases.PHONE_EXPIRED if intent == "phone_expired" else phrases.PHONE_TRIES_OVER
    return Decision(intent, dialogue.changed(scene.memory, flow_state={**state, "code": ""}), (scene.say(words),))


def _without_number(memory: Memory) -> Memory:
    return dialogue.changed(memory, flow_state={**memory.flow_state, "phone": ""}, offered=())


def _count(state: dict[str, str], name: str) -> int:
    text = state.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
