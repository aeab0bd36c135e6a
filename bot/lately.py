"""What was sent just before, outside of any flow: it belongs to the matter told next. Pure."""

from __future__ import annotations

from bot import dialogue, drafts, phrases, reading, telling
from bot.contract import Lately, Memory, Turn

SHORTEST = 6  # characters that name a matter a person could work on
_SHORTEST_BROKEN = 2  # of those that say what is broken
_PIECES_SECONDS = 3 * 60  # between pieces of one matter, written one after the other
SENT = frozenset(("image", "video", "voice", "file"))


def remembered(memory: Memory, turn: Turn) -> Memory:
    """With what was sent outside of the flow, for a matter that may be told next."""
    now = int(turn.now.timestamp())
    if turn.happened in SENT and turn.message_id:
        entry = Lately(kind="picture", text=turn.message_id, at=now)
    elif turn.happened == "location" and turn.latitude is not None and turn.longitude is not None:
        label = phrases.short(turn.detail, drafts.FIELD_CHARS)
        entry = Lately(kind="place", text=label, at=now, latitude=turn.latitude, longitude=turn.longitude)
    elif not turn.happened and (written := reading.clean(turn.text, drafts.LATELY_CHARS)):
        entry = Lately(kind="words", text=written, at=now)
    else:
        return memory
    return dialogue.changed(memory, lately=(*memory.lately, entry)[-drafts.LATELY :])


def said(memory: Memory, turn: Turn, *, asked: bool = True) -> str:
    """What was said just before; with the pieces told before it, which ask nothing. asked: it may be a question."""
    pieces: list[str] = []
    after = int(turn.now.timestamp())
    for one in reversed([one for one in memory.lately if one.kind == "words"]):
        question = telling.is_question(reading.folded(one.text))
        if question and not pieces and not asked:
            continue
        within = _PIECES_SECONDS if pieces else drafts.LATELY_SECONDS
        if not 0 <= after - one.at <= within or not telling.without_contact(one.text) or (pieces and question):
            break
        pieces.insert(0, one.text)
        after = one.at
    whole = "\n".join(pieces)
    if not pieces or not (len(pieces[-1]) >= SHORTEST or telling.speaks_of_wrong(reading.folded(pieces[-1]))):
        return ""
    least = _SHORTEST_BROKEN if telling.is_broken(reading.folded(whole)) else SHORTEST
    return whole if len(whole) >= least else ""
