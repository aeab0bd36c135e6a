"""A correction of what was told of a matter, which may come at any time, whatever was asked. Pure; see `filing`."""

from __future__ import annotations

import re

from bot import drafts, meaning, questions, reading, telling
from bot import ticket_phrases as words
from bot.contract import Decision, Draft
from bot.dialogue import Scene

_WISH_CHARS = 16  # of a correction without a value, such as 不用保密
_BESIDE_TIME = re.compile("(?:开始|起|的|了|左右|吧|就|都|是|有|大概|发生|以来)*")  # 上个月开始的
_ASKED_FOR = frozenset(("phone", "phone_again"))
_ASIDE = frozenset(("kind", "place", "time", "caller", "confidential", "summary", "similar", "elsewhere"))
_STAMP = re.compile("（[0-9]+月[0-9]+日）$")
_DIGIT = re.compile("[0-9]")
_ABOUT_NUMBERS = re.compile(r"(?<![打接][了过的个])(?<![打次个遍])电话(?![0-9:：是])|短信|号码|来电|手机号|骚扰|诈骗")


def aside(scene: Scene, draft: Draft) -> Decision | None:
    """A phone, a place or a time told alone while something else is asked; None for any other text."""
    corrects = drafts.correction(scene.turn.text) or any(meaning.put_right(scene.text))
    return number(scene, draft) or (None if corrects else place(scene, draft) or time(scene, draft))


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


def place(scene: Scene, draft: Draft) -> Decision | None:
    """Where it is, and nothing else, while something else is asked; None for any other text."""
    if draft.asking not in (_ASIDE | _ASKED_FOR) - {"place", "caller"} or not draft.matter:
        return None
    if not telling.is_place(reading.folded(scene.turn.text)):
        return None
    nearer = drafts.placed_nearer(draft, scene.turn.text)
    return questions.put(scene, nearer, words.NOTED(scene.language))


def time(scene: Scene, draft: Draft) -> Decision | None:
    """When it was, and nothing else, while something else is asked; None for any other text."""
    spoken = reading.folded(scene.turn.text)
    if draft.asking not in (_ASIDE | _ASKED_FOR) - {"time", "caller"} or not draft.matter or telling.asks(spoken):
        return None
    if not telling.happened(spoken, scene.turn.now) or not _BESIDE_TIME.fullmatch(telling.without_time(spoken)):
        return None
    later = drafts.corrected(draft, "time", scene.turn.text, scene.turn.now)
    return questions.put(scene, later or draft, words.NOTED(scene.language))


def change(scene: Scene, draft: Draft, kind: str) -> Decision | None:
    """None for what corrects nothing. kind: of the command the text is, "" for none."""
    corrected: Draft | None = None
    short = len(scene.text) <= _WISH_CHARS and not meaning.asks_back(scene.text)
    wished = telling.confidential(scene.text) if short else None
    if meaning.is_another_matter(scene.text):
        return questions.put(scene, draft.model_copy(update={"asking": "matter_again"}))
    if meaning.takes_phone_back(scene.text) and draft.asking not in _ASKED_FOR:
        corrected = drafts.settled(draft.model_copy(update={"phone": ""}), "phone")
    elif any(right := meaning.put_right(scene.text)):
        field, corrected = _put_right(draft, *right, scene)
        if corrected is not None and draft.asking == field:
            return questions.put(scene, drafts.unasked(corrected))
    elif draft.phone and meaning.doubts_phone(scene.text):
        return questions.put(scene, draft.model_copy(update={"asking": "phone_again"}))
    elif draft.asking in _ASIDE - {"caller"} and (named := _only_name(scene)):
        told = draft.model_copy(update={"caller": named})
        said = words.CHANGED if draft.caller else words.NOTED
        return questions.put(scene, told, said(scene.language))
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


def _only_name(scene: Scene) -> str:
    """The name a text gives when it gives nothing else."""
    spoken = reading.folded(scene.turn.text)
    named = "" if telling.own_phone(spoken) else telling.caller(spoken)
    return "" if telling.without_contact(scene.turn.text) else named


def _put_right(draft: Draft, old: str, value: str, scene: Scene) -> tuple[drafts.Field, Draft | None]:
    """What is said to be so instead, without saying of what; None where it cannot be told."""
    named: dict[drafts.Field, str] = {"place": draft.place, "time": draft.happened, "caller": draft.caller}
    holding = [field for field, known in named.items() if old and old in known]
    if len(holding) == 1:
        new = _instead(named[holding[0]], old, value)
        return holding[0], drafts.corrected(draft, holding[0], new, scene.turn.now)
    if holding:
        return "matter", None
    if telling.phone(value):
        field: drafts.Field = "phone"
    elif telling.happened(value, scene.turn.now):
        field = "time"
    elif draft.asking == "time" and (old or meaning.supposes(scene.text)):
        if telling.place(value):
            return "matter", None
        field = "time"  # 应该是晚上 answers
    elif telling.place(value) or (draft.asking == "time" and draft.place):
        field = "place"  # it was answered just before the time is asked
    else:
        return "matter", None
    return field, drafts.corrected(draft, field, value, scene.turn.now)


def _instead(whole: str, old: str, new: str) -> str:
    """What is known with something else in place of a part of it. A new place with its town or its number (不是石竹路，
    是鸿福路5号) leaves nothing of the old one that it has itself."""
    before, _, after = _STAMP.sub("", whole).partition(old)
    before = "" if telling.town(new) else before
    return f"{before}{new}{'' if _DIGIT.search(new) and not _DIGIT.search(old) else after}"
