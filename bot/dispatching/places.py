"""Which towns and parks a citizen's text names.

In: a gazetteer, each unit's names as people write them (towns, communities, villages, roads, landmarks). Out: the units
that a text names, with the words that name them. The longest name counts. A name of two characters must stand on its
own: 长安 is not in 校长安排 nor in 长安街, 常平 is not in 非常平静. A name that is denied, or follows another city's,
does not count. Doubtful mentions count only where nothing better is said: a road called after a town (东城路), a name
that several units have, and 桥头, which is also where any bridge ends. Pure; may be asked from any thread.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import rjieba

# What is read of a text. Characters.
TEXT_CHARS = 3000

# Longer names are not mistaken for pieces of other words.
_SHORT = 2
# Where a denial or a city begins before a name, at most.
_NEAR = 12

_DENIED = re.compile(r"(?<!是)(?:不是|并非|不在|没在|不属于|不归)(?:在|去|到|我们)?(?:东莞市?)?$")
_ELSEWHERE = re.compile(
    r"(?:北京|上海|天津|重庆|西安|香港|新界|澳门|台湾|台北|广州|深圳|惠州|佛山|中山|珠海|江门|肇庆|汕头|湛江|河源|温州|杭州"
    r"|苏州|南京|武汉|长沙|成都|南宁|南昌|厦门|福州|昆明|贵阳|郑州)[省市]?的?$"
)
_OURS = re.compile(r"东莞市?$")
_ROAD = re.compile(r"[新旧老]?[东西南北中一二三四五六七八九十]?(?:大道|大街|路)")
# towns called as a thing is that every town has
_COMMON = frozenset(("桥头",))
# 长安街 is in Beijing, but 虎门街上 in Humen
_NAMESAKE = re.compile(r"街(?![上头边道])|汽车|福特|马自达|铃木|欧尚|大学|柚")
# how a longer word of the dictionary may go on without meaning something else
_SAME = re.compile(r"[镇区乡村港站人]$")

_UNUSUAL = re.compile(r"[^\x00-\x40\x5b-\x7f\u4e00-\u9fff]")
_SIMPLIFIED = str.maketrans(
    "東萬龍謝頭橋黃廈鳳崗嶺長門瀝湧馬鎮區莊園灣圍樂廣豐興雲華館塢嶼銀農溝陳劉葉盧趙張鄧羅",
    "东万龙谢头桥黄厦凤岗岭长门沥涌马镇区庄园湾围乐广丰兴云华馆坞屿银农沟陈刘叶卢赵张邓罗",
)

_jieba = rjieba.Jieba()


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that a text names. matched: the longest of the words that name it, as written, first and last character
    (exclusive) in `span`. doubtful: they may mean something else, or another unit."""

    unit: str
    matched: str
    span: tuple[int, int]
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    units: tuple[str, ...]
    doubtful: bool


class Gazetteer:
    """Names of units, to be found in texts."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        """names: by unit id. Names of one character are passed over."""
        units: dict[str, dict[str, None]] = {}
        for unit, own in names.items():
            for name in own:
                folded = _fold(name.strip())
                if len(folded) >= _SHORT:
                    units.setdefault(folded, {})[unit] = None
        self._units = {name: tuple(owners) for name, owners in units.items()}
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._units, key=len, reverse=True):
            self._by_beginning[name[:_SHORT]].append(name)

    def find(self, text: str) -> list[Place]:
        """Those the text names most often first, then in the order of their first mention."""
        text = text[:TEXT_CHARS]
        mentions = list(self._mentions(_fold(text)))
        counted = [mention for mention in mentions if not mention.doubtful] or mentions
        by_unit: dict[str, list[_Mention]] = {}
        for mention in counted:
            for unit in mention.units:
                by_unit.setdefault(unit, []).append(mention)
        places = []
        for unit, own in sorted(by_unit.items(), key=lambda item: -len(item[1])):
            most = max(own, key=lambda mention: mention.end - mention.start)
            places.append(Place(unit, text[most.start : most.end], (most.start, most.end), most.doubtful))
        return places

    def _mentions(self, text: str) -> Iterator[_Mention]:
        words: _Words | None = None
        start = 0
        while start + _SHORT <= len(text):
            for name in self._by_beginning.get(text[start : start + _SHORT], ()):
                if not text.startswith(name, start):
                    continue
                words = words or _Words(text)
                mention = self._judge(text, start, name, words)
                if mention:
                    yield mention
                    start = mention.end - 1
                    break
            start += 1

    def _judge(self, text: str, start: int, name: str, words: _Words) -> _Mention | None:
        """What a name in the text means; None when it is none of ours."""
        end = start + len(name)
        before = text[max(0, start - _NEAR) : start]
        if _DENIED.search(before) or _ELSEWHERE.search(before):
            return None
        units = self._units[name]
        if len(name) == _SHORT:
            if _NAMESAKE.match(text, end) or not (_OURS.search(before) or words.stands(start, end)):
                return None
            road = _ROAD.match(text, end)
            if road:
                return _Mention(start, road.end(), units, doubtful=True)
            if name in _COMMON and not self._is_the_town(text, start, end, units):
                return _Mention(start, end, units, doubtful=True)
        return _Mention(start, end, units, doubtful=len(units) > 1)

    def _is_the_town(self, text: str, start: int, end: int, units: tuple[str, ...]) -> bool:
        """Whether a common word is the town's name here: alone, after the city's, or before one of a place in it."""
        if text.strip() == text[start:end] or _OURS.search(text[max(0, start - _NEAR) : start]):
            return True
        after = self._by_beginning.get(text[end : end + _SHORT], ())
        return any(text.startswith(name, end) and set(units) & set(self._units[name]) for name in after)


class _Words:
    """The words of a text, as the dictionary has them."""

    def __init__(self, text: str) -> None:
        self._word: dict[int, str] = {}  # by where it begins
        start = 0
        # not guessing at unknown names: those the gazetteer has
        for word in _jieba.cut(text, False):
            self._word[start] = word
            start += len(word)

    def stands(self, start: int, end: int) -> bool:
        """Whether a word begins here, and does not go on as another one."""
        word = self._word.get(start)
        return word is not None and (start + len(word) <= end or _SAME.search(word) is not None)


def _fold(text: str) -> str:
    """Character by character, so that places in it are places in the text."""
    return _UNUSUAL.sub(_folded, text).translate(_SIMPLIFIED)


def _folded(match: re.Match[str]) -> str:
    character = match.group()
    folded = unicodedata.normalize("NFKC", character).lower()
    # a lone surrogate is no character, and cannot be cut into words
    return folded if len(folded) == 1 and not "\ud800" <= folded <= "\udfff" else " "
