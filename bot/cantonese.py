"""Cantonese as it is typed, in the standard words the rules are written in. Pure."""

from __future__ import annotations

import re

from bot.traditional import simplified

_WORDS = {
    "唔使": "不用", "唔系": "不是", "唔": "不", "有冇": "有没有", "冇": "没",
    "我哋": "我们", "你哋": "你们", "佢哋": "他们", "佢": "他", "边个": "谁", "细路仔": "孩子", "细路": "孩子",
    "呢度": "这里", "依度": "这里", "嗰度": "那里", "嗰边": "那边", "边度": "哪里",
    "系度": "在", "喺度": "在", "喺": "在",
    "屋企": "家里", "而家": "现在", "今朝": "今早", "琴晚": "昨晚", "噚晚": "昨晚", "寻晚": "昨晚",
    "擒晚": "昨晚", "噙晚": "昨晚", "琴日": "昨天", "噚日": "昨天", "寻日": "昨天", "听日": "明天",
    "成日": "整天", "好耐": "很久", "几耐": "多久", "点解": "为什么", "点搞": "怎么办", "点办": "怎么办",
    "点算": "怎么办", "点样": "怎样", "乜嘢": "什么", "咩嘢": "什么",
    "畀人": "被人", "俾人": "被人", "畀佢": "被他", "俾佢": "被他", "畀": "给", "俾": "给", "揾": "找",
    "睇": "看", "搞掂": "搞定", "嘈": "吵", "仲": "还", "咗": "了", "嘅": "的", "嚟": "来", "啲": "点", "咁": "这么",
    "啱": "对", "喇": "了",
}  # fmt: skip
_STANDARD = {simplified(word): standard for word, standard in _WORDS.items()}
_BEGINS = "(?<![^,，。;；!！?？、 \n"  # of a word that begins a clause, or follows one of the characters added
# Where they are no parts of standard words (早点解决, 网点办理, 旁边个体户, 然而家里); 唔该 is thanks and stays
_WHERE = {
    "点解": f"{_BEGINS}你佢哋但都系知问])点解(?!决)",
    "点搞": f"{_BEGINS}知该家咁死话])点搞(?!定)",
    "点办": f"{_BEGINS}知该家咁话])点办(?!理)",
    "点算": f"{_BEGINS}知该家咁话])点算",
    "点样": f"{_BEGINS}知该想咁系])点样",
    "边个": f"{_BEGINS}系搵揾问俾畀知])边个(?![体别人])",
    "边度": f"{_BEGINS}喺系在去到搵揾问住知])边度(?!假)",
    "琴日": "(?<![提钢风口弹学练拉古木])琴日(?![花会夜])",
    "琴晚": "(?<![提钢风口弹学练拉古木])琴晚(?![上会间])",
    "成日": "(?<![完建生达形组构变合养造制])成日(?![期志本常记用])",
    "听日": "(?<!打)听日(?![语本期])",
    "而家": "(?<![然因从反])而家(?![里长人庭属中乡用电具])",
    "屋企": "屋企(?!业)", "系度": "(?<![联关体])系度(?!假)", "好耐": "好耐(?![心用磨热烦看])",
    "唔": "唔(?!该)", "喇": "喇(?![叭嘛])", "嘈": "嘈(?!杂)", "仲": "(?<![杜伯])仲(?=[系有未没冇唔要话可会想喺嘈好咁])",
}  # fmt: skip
_WORD = re.compile("|".join(_WHERE.get(word, word) for word in sorted(_STANDARD, key=len, reverse=True)))


def standard(text: str) -> str:
    """The text, in simplified characters, in standard words."""
    return text if text.isascii() else _WORD.sub(lambda match: _STANDARD[match[0]], text)
