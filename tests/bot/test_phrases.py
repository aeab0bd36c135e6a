"""What the bot tells a citizen to reply is understood, and what it says is fit to be said."""

from __future__ import annotations

import re

import pytest

from bot import intents, phrases, reading, ticket_phrases
from bot.phrases import Phrase
from channels.sms import segments

ALL = {
    name: value for room in (phrases, ticket_phrases) for name, value in vars(room).items() if isinstance(value, Phrase)
}
for table in ("EMERGENCY", "ELSEWHERE", "KINDS", "LABEL_KINDS", "PERSON_LEFT"):
    whole = vars(phrases).get(table) or vars(ticket_phrases)[table]
    ALL |= {f"{table} {key}": phrase for key, phrase in whole.items()}
ALL |= {f"LABEL_ {number}": phrase for number, (_, _, phrase) in enumerate(ticket_phrases.SURVEY_CHOICES)}
SPOKEN = {name: phrase for name, phrase in ALL.items() if not name.startswith(("LABEL_", "SAY_"))}


@pytest.mark.parametrize("name", SPOKEN)
def test_every_reply_asked_for_is_a_command(name: str) -> None:
    phrase = SPOKEN[name]
    asked = re.findall(r"(?:回|或)“([^”]+)”", phrase.zh) + re.findall(r"(?:[Rr]eply|or) “([^”]+)”", phrase.en)
    for word in asked:
        assert intents.command(reading.plain(word)) is not None, word


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        (phrases.SAY_PERSON, "person"),
        (phrases.SAY_REPORT, "report"),
        (phrases.SAY_AGAIN, "ask"),
        (phrases.SAY_HOT, "hot"),
        (phrases.SAY_PROGRESS, "progress"),
        (phrases.SAY_NEITHER, "none_of_these"),
    ],
)
def test_what_a_choice_says_is_the_command_meant(phrase: Phrase, kind: str) -> None:
    for words in (phrase.zh, phrase.en):
        assert intents.command(reading.plain(words)) == intents.Command(kind)  # type: ignore[arg-type]
        assert reading.language(words, "en" if words == phrase.en else "zh") == ("en" if words == phrase.en else "zh")


@pytest.mark.parametrize("name", ALL)
def test_the_tone(name: str) -> None:
    phrase = ALL[name]
    for text in (phrase.zh, phrase.en):
        assert not set("!！") & set(text)
        assert len(text.encode()) < 1_000
    assert not re.search(r"尊敬的|您的来电|敬请|予以|贵方|亲爱的|工单|提交", phrase.zh)


@pytest.mark.parametrize("why", phrases.PERSON_LEFT)
def test_that_the_person_has_left_costs_one_text_message_and_names_the_way_back(why: str) -> None:
    phrase = phrases.PERSON_LEFT[why]
    for text, word in ((phrase.zh, "人工"), (phrase.en, "AGENT")):
        assert segments.count(f"【奇想市12345】{text}" if text == phrase.zh else text).segments == 1
        assert word in text
        assert intents.command(reading.plain(word)) == intents.Command("person")


@pytest.mark.parametrize("situation", phrases.EMERGENCY)
def test_an_emergency_names_a_number_and_claims_nothing(situation: str) -> None:
    phrase = phrases.EMERGENCY[situation]
    for text in (phrase.zh, phrase.en):
        assert re.search(r"\b(?:110|119|120|122|12356)\b|(?:110|119|120|122|12356)", text)
        assert not re.search(
            r"已(?:经)?(?:报警|通知|联系|呼叫|派)|have (?:called|notified|contacted)|on (?:the|their) way", text
        )


@pytest.mark.parametrize("reason", ticket_phrases.ELSEWHERE)
def test_another_door_is_named_and_nobody_is_judged(reason: str) -> None:
    phrase = ticket_phrases.ELSEWHERE[reason]  # type: ignore[index]
    assert re.search(r"\d{5}|找|提出|告诉我们|查", phrase.zh)
    assert not re.search(r"违法|犯罪|涉嫌|不实|诬告|无理|illegal|false", phrase.zh + phrase.en)


def test_short_cuts_to_one_line() -> None:
    assert phrases.short("一\n二  三") == "一 二 三"
    assert phrases.short("长" * 100, 10) == "长" * 9 + "…"
