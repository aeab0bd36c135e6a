"""From text to features: characters, pairs of characters, words; all as 64-bit keys, so that an index is plain arrays.

A character's key is its code point, a pair's holds both code points, a word's is a 62-bit hash. Nothing is looked up
in a dictionary of strings, which keeps building and swapping an index of 100,000 entries out of the interpreter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import rjieba
from numpy.typing import NDArray

from bot.answers.lexicon import Lexicon

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

# What is read of a question: a letter to the mayor fits, a pasted book does not.
QUERY_CHARS = 600
# What is read of one text of an entry.
TEXT_CHARS = 6000
# An answer longer than this is also searched passage by passage.
PASSAGE_CHARS = 300

_PAIR = np.uint64(1 << 42)
_WORD = np.uint64(1 << 63)
_SHIFT = np.uint64(21)
_SPACE = np.uint32(ord(" "))
_BREAK = np.uint32(ord("\n"))
_DROP = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;\n]*|[。！？；!?;\n]+")


class Analyser:
    """Normalises text and takes its features; the same for entries and questions."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._jieba = rjieba.Jieba()
        for word in lexicon.words:
            plain = _plain(word)
            if " " not in plain and len(plain) > 1:
                self._jieba.add_word(plain, None, None)
        canonical: dict[str, str] = {}
        for group in lexicon.synonyms:
            names = [name for name in map(_plain, group) if name]
            for name in names:
                # the first group that names a word decides
                canonical.setdefault(name, canonical.get(names[0], names[0]))
        self._canonical = canonical
        # the longest name first, so that a name inside another one is left alone
        longest = sorted(canonical, key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, longest))) if longest else None

    def normalise(self, text: str) -> str:
        """Compatibility forms folded, lower case, punctuation and controls turned into single spaces, synonyms
        replaced by their canonical word."""
        plain = _plain(text)
        if self._names is not None:
            canonical = self._canonical
            plain = self._names.sub(lambda match: canonical[match.group()], plain)
        return plain

    def features(self, texts: Sequence[str]) -> tuple[Keys, NDArray[np.int32]]:
        """The keys of all characters, pairs and words of normalised texts, as often as they occur, and for each key
        the number of the text it is in."""
        whole = "\n".join(texts)
        points = np.frombuffer(whole.encode("utf-32-le"), dtype=np.uint32)
        breaks = points == _BREAK
        rows = np.cumsum(breaks, dtype=np.int32)
        inside = ~(breaks | (points == _SPACE))
        paired = inside[:-1] & inside[1:]
        wide = points.astype(np.uint64)
        pairs = ((wide[:-1] << _SHIFT) | wide[1:] | _PAIR)[paired]
        words = self._jieba.cut(whole)
        lengths = np.fromiter(map(len, words), dtype=np.int32, count=len(words))
        # the index lives and dies with the process, so that the process's own hash serves
        hashes = np.fromiter(map(hash, words), dtype=np.int64, count=len(words)).view(np.uint64) | _WORD
        long = lengths > 1
        starts = (np.cumsum(lengths) - lengths)[long]
        return (
            np.concatenate((wide[inside], pairs, hashes[long])),
            np.concatenate((rows[inside], rows[:-1][paired], rows[starts])),
        )


def is_pair(keys: Keys) -> NDArray[np.bool_]:
    """Which of the keys are pairs of characters, not single ones or words."""
    return (keys >= _PAIR) & (keys < _WORD)


def passages(text: str) -> list[str]:
    """The text in pieces of at most `PASSAGE_CHARS` characters, cut at the ends of sentences where there are any."""
    pieces: list[str] = []
    current = ""
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        if len(current) + len(sentence) > PASSAGE_CHARS:
            if current:
                pieces.append(current)
            while len(sentence) > PASSAGE_CHARS:
                pieces.append(sentence[:PASSAGE_CHARS])
                sentence = sentence[PASSAGE_CHARS:]
            current = ""
        current += sentence
    if current:
        pieces.append(current)
    return pieces


def _plain(text: str) -> str:
    return _DROP.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
