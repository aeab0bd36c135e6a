"""Finds out from a text whether somebody is in danger now. Rules only, no state.

Source of the rule: 12345 takes what is not urgent; danger belongs to 110, 119, 120, 122 and 12356, and is looked for
before anything else on every channel.

How it decides: a *sign* (an act or an event, such as 着火了) carries 2 points, a mere *topic* (火灾) 1. What speaks for
now adds points; a frame that makes it a question of procedure, a thing of the past, a supposition, a story or an
all-clear takes them away. 2 points are an emergency, 1 is a doubt: the number is said and the bot goes on answering.
Idioms (热死了, 跳楼价) are blanked out first, and a sign directly after a negation does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot import reading, signs
from bot.signs import Kind, Situation
from bot.traditional import simplified


@dataclass(frozen=True, slots=True)
class Danger:
    """What was found. `kind` and `number` are those of `bot.contract.Alarm`; `certain` is false in doubt."""

    situation: Situation
    kind: Kind
    number: str
    matched: str
    certain: bool


# A cry for help is short. What is longer is a letter, and tells what happened more often than what happens.
LETTER_CHARS = 160
REMEMBERED_CHARS = 60
MATCHED_CHARS = 40


def _compile(alternatives: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(alternatives).replace(".{", r"[^,。?!;:、]{"))


_SIGNS = {situation: _compile(signs.SIGNS[situation]) for situation in signs.KINDS}
_TOPICS = {situation: _compile(topics) for situation, topics in signs.TOPICS.items()}
_CUES = {situation: tuple(_compile((cue,)) for cue in groups) for situation, groups in signs.CUES.items()}
_NOW_STRONG = _compile(signs.NOW_STRONG)
_TRIVIAL = _compile(signs.TRIVIAL)
_IDIOM = _compile(signs.IDIOMS)
_NOW = _compile(signs.NOW)
_NEGATION = re.compile(signs.NEGATION)
_NEGATION_CHARS = 8
_FRAMES = (
    (_compile(signs.PAST), 2),
    (_compile(signs.FEARED), 1),
    (_compile(signs.FICTION), 3),
    (_compile(signs.HEARSAY), 2),
    (_compile(signs.OVER), 3),
)
_PROCEDURE = _compile(signs.PROCEDURE)
_SUPPOSED = _compile(signs.SUPPOSED)
_NEGATED_OR_FRAMED = _compile(
    (
        *signs.PROCEDURE,
        *signs.PAST,
        *signs.SUPPOSED,
        *signs.FEARED,
        *signs.FICTION,
        *signs.HEARSAY,
        *signs.OVER,
        *signs.HABIT,
        *signs.TRIVIAL,
        *signs.POLLUTION,
    )
)
_HABIT = _compile(signs.HABIT)
_POLLUTION = _compile(signs.POLLUTION)
_ALLOWANCE = {"crime": 1, "missing": 1, "jumper": 0, "despair": 0}
_SENTENCE_END = re.compile(r"[。?!;]+|\.(?=\s|$)|(?<=[a-z])\.|(?<=!)")
_HAN_SPACE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
# Cantonese that means something else where nobody is in danger; 俾我 and 俾钱 are to give
_BY = re.compile("[俾畀](?![我你您佢钱])")
_CANTONESE = (("火烛", "着火了"), (simplified("𨋢"), "电梯"))
_OF_ONESELF = re.compile(
    r"我(?:真的|已经|现在|好|就|都|也)*(?:想|要|不想|不要|活|在|吃|准备|打算|割|撑)|\b(?:i|i'm|myself)\b"
)
_PROPOSES = re.compile(r"容易|建议|预防|防止|安装|加装|讲座|宣传")
_OF_OTHERS = re.compile(
    r"有人|有个|[他她]|儿子|女儿|同学|朋友|孩|学生|妹|弟|姐|哥|爸|妈|老婆|老公|男的|女的|邻居|室友|\b(?:he|she|someone|somebody|friend)\b"
)


def find(text: str) -> Danger | None:
    """The danger a text tells of, if any; `text` as the citizen typed it. Bounded work for any length."""
    # many citizens write the same short things
    return _find_again(text) if len(text) <= REMEMBERED_CHARS else _find(text)


def _find(text: str) -> Danger | None:
    read = reading.plain(_BY.sub("被", text))
    if not read.isascii():
        read = _HAN_SPACE.sub("", read)
        for word, standard in _CANTONESE:
            if word in read:
                read = read.replace(word, standard)
    read = _IDIOM.sub("〇", read)
    letter = 1 if len(read) > LETTER_CHARS else 0
    best: tuple[int, Situation, str] | None = None
    for sentence in _SENTENCE_END.split(read):
        if not sentence:
            continue
        for score, situation, matched in _scored(sentence, letter):
            if score > (best[0] if best else 0):
                best = (score, situation, matched)
    if best is None or best[0] < 2:
        best = _from_cues(read, letter) or best
    if best is None:
        return None
    score, situation, matched = best
    if situation in ("jumper", "despair"):
        situation = _whose(read)
    kind, number = signs.KINDS[situation]
    return Danger(situation, kind, number, matched[:MATCHED_CHARS], certain=score >= 2)


_find_again = lru_cache(maxsize=4096)(_find)


def _scored(sentence: str, letter: int) -> list[tuple[int, Situation, str]]:
    """What one sentence tells of, with its points, in the order that decides between equals."""
    found: list[tuple[int, Situation, str]] = []
    for points, patterns in ((2, _SIGNS), (1, _TOPICS)):
        for situation, pattern in patterns.items():
            matched = _unnegated(pattern, sentence)
            if matched:
                found.append((points, situation, matched))
        if found:
            break
    if not found:
        return []
    speaks_for = (1 if len(found) > 1 else 0) + (1 if _NOW.search(sentence) else 0)
    against = sum(weight for pattern, weight in _FRAMES if pattern.search(sentence))
    habit = _HABIT.search(sentence) is not None
    supposed = _SUPPOSED.search(sentence) is not None
    trivial = _TRIVIAL.search(sentence) is not None
    scored = []
    for points, situation, matched in found:
        # what somebody who cannot go on tells before (考试考砸了，不想活了) makes no question of it
        proposed = _PROPOSES.search(sentence) and not _OF_ONESELF.search(sentence)
        told = (situation == "despair" and points > 1) or (situation in ("jumper", "despair") and not proposed)
        read = sentence[sentence.find(matched) :] if told else sentence
        score = points + speaks_for - against - _asked(read)
        if habit:
            score -= _ALLOWANCE.get(situation, 2)
        if situation not in ("jumper", "despair"):
            # "if you do not help me I shall jump" is no supposition, and a long farewell no letter of complaint
            score -= letter + (2 if supposed else 0) + (2 if trivial else 0)
        if situation == "fire" and "烟" in matched and _POLLUTION.search(sentence):
            score -= 2
        scored.append((score, situation, matched))
    return scored


def _asked(text: str) -> int:
    """Asked in two ways, it is a question however much happens in it."""
    return min(3, 1 + len(set(_PROCEDURE.findall(text)))) if _PROCEDURE.search(text) else 0


def _from_cues(text: str, letter: int) -> tuple[int, Situation, str] | None:
    """What a text without a sign tells of by many small things together."""
    if letter or _NEGATED_OR_FRAMED.search(text):
        return None
    for situation, groups in _CUES.items():
        matched = [match.group() for cue in groups if (match := cue.search(text))]
        if len(matched) == len(groups):
            # gas is not waited for
            certain = situation == "gas" or _NOW_STRONG.search(text)
            return (2 if certain else 1, situation, " ".join(matched))
    return None


def _unnegated(pattern: re.Pattern[str], sentence: str) -> str:
    for match in pattern.finditer(sentence):
        if not _NEGATION.search(sentence[max(0, match.start() - _NEGATION_CHARS) : match.start()]):
            return match.group()
    return ""


def _whose(text: str) -> Situation:
    """Somebody who writes of himself needs an ear first, somebody who sees another about to jump needs the police."""
    if _OF_OTHERS.search(text) and not _OF_ONESELF.search(text):
        return "jumper"
    return "despair"
