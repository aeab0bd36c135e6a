"""A correction of what was told of a matter, which may come at any time, whatever was asked. Pure; see `filing`."""

from __future__ import annotations

import re

from bot import drafts, meaning, questions, reading, telling
from bot import ticket_phrases as words
from bot.contract import Decision, Draft
from bot.dialogue import Scene

_WISH_CHARS = 16  # of a correction without a value, such as 不用保密
_ASKED_FOR = frozenset(("phone", "phone_again"))
_ASIDE = frozenset(("kind", "place", "time", "caller", "confidential", "summary", "similar", "elsewhere"))
_ABOUT_NUMBERS = re.compile(r"电话|短信|号码|来电|手机号|骚扰|诈骗")


def number(scene: Scene, draft: Draft) -> Decision | None:
    """Their phone, with their name perhaps, and nothing else, while something else is asked; None for any other text.
    Of a matter that is about a number, it is part of the matter."""
    text, now = scene.turn.text, scene.turn.now
    phone = telling.own_phone(reading.folded(text))
    if not phone or draft.asking in _ASKED_FOR or telling.without_contact(text):
        return None
    if _ABOUT_NUMBERS.search(telling.without_contact(draft.matter)):
        told = drafts.added(draft if draft.asking in _ASIDE else drafts.unasked(draft), text)
        return questions.put(scene, told, words.ADDED_TO_MATTER(scene.language))
    if draft.asking not in _ASIDE and draft.matter:
        return None
    said = words.CHANGED if draft.phone not in ("", phone) else words.NOTED
    told = drafts.with_facts(draft.model_copy(update={"phone": ""}), text, now)
    return questions.put(scene, told, said(scene.language))


def change(scene: Scene, draft: Draft, kind: str) -> Decision | None:
    """None for what corrects nothing. kind: of the command the text is, "" for none."""
    corrected: Draft | None = None
    short = len(scene.text) <= _WISH_CHARS and not meaning.asks_back(scene.text)
    wished = telling.confidential(scene.text) if short else None
    if meaning.is_another_matter(scene.text):
        return questions.put(scene, draft.model_copy(update={"asking": "matter_again"}))
    if meaning.takes_phone_back(scene.text) and draft.asking not in _ASKED_FOR:
        corrected = drafts.settled(draft.model_copy(update={"phone": ""}), "phone")
    elif right := meaning.put_right(scene.text):
        corrected = _put_right(draft, right, scene)
    elif meaning.takes_pictures_back(scene.text):
        corrected = draft.model_copy(update={"pictures": ()})
    elif wished is not None and draft.asking != "confidential":
        corrected = draft.model_copy(update={"confidential": wished})
    elif correction := drafts.correction(scene.turn.text):
        field, value = correction
        corrected = drafts.corrected(draft, field, value, scene.turn.now) if value else None
        if corrected is None:
            asking = "matter_again" if field == "matter" else field
            return questions.put(scene, draft.model_copy(update={"asking": asking}))
        if draft.asking == field:
            return questions.put(scene, drafts.unasked(corrected))
    elif kind in ("change", "other_number", "supplement"):
        wished_for = {"change": "change", "other_number": "phone", "supplement": "matter_more"}[kind]
        return questions.put(scene, draft.model_copy(update={"asking": wished_for}))
    return questions.put(scene, drafts.unasked(corrected), words.CHANGED(scene.language)) if corrected else None


def _put_right(draft: Draft, value: str, scene: Scene) -> Draft | None:
    """What is said to be so instead, without saying of what; None where it cannot be told."""
    if telling.phone(value):
        field: drafts.Field = "phone"
    elif telling.happened(value, scene.turn.now):
        field = "time"
    elif telling.place(value) or (draft.asking == "time" and draft.place):
        field = "place"  # it was answered just before the time is asked
    else:
        return None
    return drafts.corrected(draft, field, value, scene.turn.now)
