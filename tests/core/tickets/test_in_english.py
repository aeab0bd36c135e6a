"""A ticket told in English: its whole life, in the look-up, in what is said unasked, and in what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.contract import AskMine, AskProgress
from bot.phrases import Phrase
from channels.contract import Address, NotDone
from gateway.core.tickets import moves, phrases, words
from gateway.core.tickets.ledger import Person as Caller
from gateway.core.tickets.window import Window
from tests.core.tickets.conftest import AGENT, UNITS, Clock, Desks, Process, person
from tests.core.tickets.test_danger import window

HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+")
ALICE, LEADER = person("alice", "agent"), person("leader", "shift_leader")
CLERK, HEAD = person("wang", "unit_clerk", unit="water"), person("boss", "unit_head", unit="water")
SUPERVISOR = person("sun", "supervisor")
VISITOR = Address(channel="web", account="site", external_id="reads-english")
MATTER, REASON, REPLY, ADDED = "育华路水管漏水", "水管的零件还没有到", "水管已经修好了", "水管的事信访办在办"
WRITTEN = {MATTER, REASON, REPLY, ADDED}
NAMES = {unit.short for unit in UNITS}


def tables() -> Iterator[tuple[str, Phrase]]:
    for name, value in vars(phrases).items():
        if isinstance(value, Phrase):
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name} {key}", phrase) for key, phrase in value.items() if isinstance(phrase, Phrase))


PHRASES = dict(tables())


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_says_the_same_in_both_languages(name: str) -> None:
    phrase = PHRASES[name]
    assert HAN.search(phrase.zh)
    assert not HAN.search(phrase.en)
    assert set(re.findall(r"\{\w+\}", phrase.zh)) == set(re.findall(r"\{\w+\}", phrase.en))


def ours(text: str) -> str:
    """What is left of a text without names and what people wrote."""
    for theirs in sorted(WRITTEN | NAMES, key=len, reverse=True):
        text = text.replace(theirs, "")
    return text


class Life:
    """A citizen who reads English, and the people who handle what they told."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.window = window(process)
        self.seen: list[str] = []

    async def told(self, matter: str = MATTER, client_id: str = "c-1") -> str:
        told = Window.told(kind="complaint", matter=matter)
        name, filed = await self.window.file(VISITOR, client_id, told, "en")
        self.seen += [filed.stage, filed.next, *(step.text for step in filed.story)]
        return name.number

    async def moved(self, number: str, who: object, *made: moves.Move) -> None:
        """Each move, and what the citizen sees and hears of it."""
        for move in made:
            await self.process.desk.move(who, number, move)  # type: ignore[arg-type]
            await self.look(number)

    async def look(self, number: str) -> None:
        self.process.now.move(minutes=10)
        await self.process.notices.sweep()
        seen = await self.window.progress(number, "", "address:x", VISITOR, "en")
        self.seen += [seen.stage, seen.next, seen.reply, *(step.text for step in seen.story)]
        conversation = await self.window._conversation(VISITOR)
        for ask in (AskMine(), AskProgress(number, "")):
            for known in (await self.process.counter.answer(ask, conversation, "en")).tickets:
                self.seen += [known.stage, known.next, *known.story]

    async def done(self) -> list[str]:
        identity = await self.process.conversations.open(VISITOR)
        return [*self.seen, *await self.process.heard(Caller(identity.contact_id, identity.id))]


@pytest.mark.timeout(120)
@pytest.mark.gen_test(timeout=100)
async def test_the_whole_life_of_a_ticket_is_told_in_english(desks: Desks, now: Clock) -> None:
    process = desks()
    life = Life(process)
    number = await life.told()
    await life.moved(number, ALICE, moves.Dispatch(lead="water"))
    await life.moved(number, CLERK, moves.AskReturn(reason=REASON))
    await life.moved(number, LEADER, moves.DecideReturn(grant=True, reason=REASON))
    await life.moved(number, ALICE, moves.Dispatch(lead="water"))
    await life.moved(number, CLERK, moves.Sign(), moves.Contact(note=REASON))
    await life.moved(number, HEAD, moves.AskExtension(workdays=3, reason=REASON))
    await life.moved(number, LEADER, moves.DecideExtension(grant=True, reason=REASON))
    await life.moved(number, CLERK, moves.Reply(text=REPLY))
    await life.moved(number, ALICE, moves.SendBack(reason=REASON))
    await life.moved(number, CLERK, moves.Reply(text=REPLY))
    await life.moved(number, ALICE, moves.Approve())
    await life.window.supplement(number, "", "address:x", VISITOR, "en", client_id="s-1", text=ADDED, blobs=())
    rated = await life.window.rate(
        number, "", "address:x", VISITOR, "en", solved=False, verdict="dissatisfied", text=ADDED
    )
    life.seen += [rated.stage, rated.next]
    await life.look(number)
    now.move(days=30)
    await process.ledger.sweep()
    await life.look(number)
    await life.moved(number, CLERK, moves.Reply(text=REPLY))
    await life.moved(number, ALICE, moves.Approve())
    for _ in range(6):
        now.move(days=5)
        await process.ledger.sweep()
        await life.look(number)

    answered, declined, merged, into = [await life.told(client_id=f"c-{place}") for place in range(2, 6)]
    await life.moved(answered, ALICE, moves.AnswerAtOnce(text=REPLY))
    await life.window.rate(answered, "", "address:x", VISITOR, "en", solved=True, verdict="satisfied", text=ADDED)
    await life.look(answered)
    await life.moved(declined, ALICE, moves.Decline(cause="petition", words=ADDED))
    await life.moved(into, ALICE, moves.Dispatch(lead="water"))
    await life.moved(into, SUPERVISOR, moves.Supervise(reason=REASON))
    await life.moved(merged, ALICE, moves.Merge(into=into, reason=REASON))
    told = await life.done()
    assert len(set(told)) > 40
    left = {text: found for text in told if (found := HAN.findall(ours(text)))}
    assert not left
    english = "\n".join(told)
    met = [name for name in phrases.TOLD if spoken(phrases.TOLD[name]).search(english)]
    assert set(met) == set(phrases.TOLD), "the walk meets every line of the story"
    for said in (
        phrases.DISPATCHED,
        phrases.DISPATCHED_ANEW,
        phrases.EXTENDED,
        phrases.REPLIED,
        phrases.ASKED_AGAIN,
        phrases.REWORK,
        phrases.MERGED,
        phrases.CLOSED_UNREACHED,
        phrases.NEXT_LATE,
    ):
        assert spoken(said).search(english), said.en


def spoken(phrase: Phrase) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(phrase.en)), re.DOTALL)


@pytest.mark.gen_test
async def test_a_unit_that_is_not_known_yet_has_no_chinese_name(desks: Desks) -> None:
    process = desks()
    ticket = (await process.file(MATTER)).model_copy(update={"state": "signed", "unit": "brand-new"})
    assert words.stage(ticket, process.units.short, "en") == "the unit responsible is handling it"
    assert words.stage(ticket, process.units.short, "zh") == "负责的单位正在办"


@pytest.mark.gen_test
async def test_each_hears_of_one_ticket_in_their_own_language(desks: Desks, now: Clock) -> None:
    process = desks()
    life = Life(process)
    number = await life.told()
    beside = await process.citizen()
    await process.ledger.join(number, beside, AGENT)
    await process.desk.move(ALICE, number, moves.AnswerAtOnce(text=REPLY))
    await process.notices.sweep()
    english = (await life.done())[-2:]
    assert english[0] == f"Your complaint “育华路水管漏水” ({number})\n水管已经修好了"
    assert english[1].endswith("Is it solved, and are you satisfied?")
    chinese = await process.heard(beside)
    assert chinese[0] == f"您投诉的“育华路水管漏水”（{number}）\n水管已经修好了"


@pytest.mark.gen_test
async def test_a_notice_of_before_is_told_as_it_was_written(desks: Desks) -> None:
    process = desks()
    life = Life(process)
    number = await life.told()
    before = {"_id": f"{number}#00009", "version": 1, "ticket": number, "seq": 9, "state": "due", "due": 1}
    await process.store.insert("ticket_notices", {**before, "text": "水管有人在修了。", "survey": False})
    await process.notices.sweep()
    assert (await life.done())[-1].endswith("\n水管有人在修了。")


@pytest.mark.gen_test
async def test_what_is_not_accepted_is_said_with_a_phrase_that_is_known_in_english(desks: Desks) -> None:
    with pytest.raises(NotDone) as refused:
        await Life(desks()).told("水管的事法院已经判决了，我不服判决")
    assert refused.value.message == phrases.DECLINED["litigation"].zh


def test_moments(now: Clock) -> None:
    at = now()
    assert words.moment(at, at, "zh") == "3月2日 09:00"
    assert words.moment(at, at, "en") == "2 Mar, 09:00"
    now.to("2027-01-02 00:00")
    assert words.moment(now(), at, "en") == "2 Jan 2027, 00:00"
    assert words.deadline(now(), at, "zh") == "2027年1月1日 24:00"
    assert words.deadline(now(), at, "en") == "1 Jan 2027, 24:00"
