"""How the bot reads what a citizen typed: one form for all the ways to write the same characters."""

from __future__ import annotations

import re
import unicodedata

# What the rules read of one message. The rest is kept with the message, it only does not steer the bot.
HEAD_CHARS = 2_000
TAIL_CHARS = 1_000

# Traditional characters that occur in the bot's own words, each with the simplified one its rules are written in.
_PAIRS = """
燒烧 沒没 殺杀 氣气 車车 禍祸 傷伤 電电 樓楼 綁绑 搶抢 斷断 來来 幫帮 報报 轉转 個个 單单 選选 無无 決决 謝谢
對对 點点 嗎吗 麼么 後后 門门 見见 話话 動动 時时 現现 這这 裡里 裏里 間间 開开 關关 問问 題题 號号 碼码 語语
說说 請请 進进 處处 煙烟 濃浓 墜坠 觸触 緊紧 還还 給给 會会 過过 發发 癲癫 癇痫 毆殴 騷骚 擾扰 遺遗 嬰婴 兒儿
媽妈 閘闸 鎖锁 爛烂 強强 姦奸 著着 驗验 貨货 壓压 傾倾 側侧 橋桥 輪轮 嗆呛 嘔呕 腦脑 臟脏 痙痉 攣挛 藥药 農农
護护 陽阳 臺台 頂顶 遊游 戲戏 劇剧 視视 聽听 訴诉 樣样 誰谁 邊边 鎮镇 廠厂 礦矿 務务 員员 條条 項项 頁页 終终
結结 滿满 評评 騙骗 詐诈 財财 錢钱 銀银 買买 賣卖 預预 約约 場场 館馆 證证 戶户 險险 賠赔 償偿 標标 準准 費费
規规 責责 認认 訊讯 訪访 習习 練练 傳传 槍枪 斬斩 餘余 貓猫 實实 爺爷 婦妇 孫孙 櫃柜 內内 團团 鬧闹 鬥斗 勢势
滅灭 滾滚 罵骂 憑凭 臨临 產产 髮发 絕绝 棄弃 離离 脫脱 撐撑 難难 廁厕 連连 總总 經经 盡尽 塊块 國国 灣湾 業业
區区 長长 鄰邻 據据 試试 續续 輸输 養养 興兴 復复 機机 聯联 換换 錯错 寫写
"""
_TRADITIONAL = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_LINES = re.compile(r"\s*[\r\n]\s*")
_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
_ENGLISH_ALONE = re.compile(
    r"hello|hi|hey|help|menu|human|person|agent|operator|back|thanks|useless|wrong|emergency|urgent|police|fire|ambulance"
)


def folded(text: str) -> str:
    """The message in one form: compatibility forms folded (full-width, circled), simplified, no invisible characters,
    single spaces, lines joined by commas. At most the head and the tail of a long message."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL)
    text = _LINES.sub(",", _INVISIBLE.sub("", text.strip()).replace("\u2019", "'"))
    return _SPACES.sub(" ", text).strip()


def plain(text: str) -> str:
    """The form the rules read: `folded`, in lower case."""
    return folded(text).lower()


def clean(text: str, limit: int) -> str:
    """The message as it was written, fit to be kept: without invisible characters, at most `limit` characters."""
    return _INVISIBLE.sub("", text[: limit * 2]).strip()[:limit]


def has_words(text: str) -> bool:
    """Whether there is a letter, a digit or a Chinese character at all, and not only emoji and punctuation."""
    return any(character.isalnum() for character in text[: HEAD_CHARS + TAIL_CHARS])


def language(text: str, before: str) -> str:
    """`en` or `zh`. A number or a single abbreviation tells nothing, so the language `before` stays."""
    text = text[:HEAD_CHARS]
    if _HAN.search(text):
        return "zh"
    words = _LATIN_WORD.findall(text)
    if len(words) >= 2 or (words and _ENGLISH_ALONE.fullmatch(words[0].lower())):
        return "en"
    return before
