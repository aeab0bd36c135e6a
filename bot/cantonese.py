"""Cantonese as it is typed, in the standard words the rules are written in. Pure."""

from __future__ import annotations

import re

from bot.traditional import simplified

_WORDS = {
    "唔使": "不用", "唔系": "不是", "唔": "不", "有冇": "有没有", "冇": "没",
    "我哋": "我们", "你哋": "你们", "佢哋": "他们", "佢": "他", "边个": "谁", "细路仔": "孩子", "细路": "孩子",
    "呢度": "这里", "依度": "这里", "嗰度": "那里", "嗰边": "那边", "边度": "哪里",
    "系度": "在", "喺度": "在", "喺": "在",
    "屋企": "家里", "而家": "现在", "宜家": "现在", "今朝": "今早", "琴晚": "昨晚", "噚晚": "昨晚", "寻晚": "昨晚",
    "擒晚": "昨晚", "噙晚": "昨晚", "琴日": "昨天", "噚日": "昨天", "寻日": "昨天", "听日": "明天",
    "成日": "整天", "好耐": "很久", "几耐": "多久", "点解": "为什么", "点搞": "怎么办", "点办": "怎么办",
    "点算": "怎么办", "点样": "怎样", "乜嘢": "什么", "咩嘢": "什么",
    "畀人": "被人", "俾人": "被人", "畀佢": "被他", "俾佢": "被他", "畀": "给", "俾": "给", "揾": "找",
    "睇": "看", "搞掂": "搞定", "嘈": "吵", "仲": "还", "咗": "了", "嘅": "的", "嚟": "来", "啲": "点", "咁": "这么",
    "啱": "对", "喇": "了",
}  # fmt: skip
_STANDARD = {simplified(word): standard for word, standard in _WORDS.items()}
# 唔该 is thanks and stays; 喇叭, 仲裁, 嘈杂 are standard words
_WORD = re.compile(
    f"(?:{'|'.join(sorted(_STANDARD, key=len, reverse=True))})(?<!唔(?=该))(?<!喇(?=[叭嘛]))(?<!仲(?=裁))(?<!嘈(?=杂))"
)


def standard(text: str) -> str:
    """The text, in simplified characters, in standard words."""
    return text if text.isascii() else _WORD.sub(lambda match: _STANDARD[match[0]], text)
