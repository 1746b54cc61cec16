"""Spelling: one spelling for what people write in many ways, so that a search compares places and not keyboards."""

import re
import unicodedata

DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"〇": 0}
NUMERAL = re.compile("[〇零一二三四五六七八九十百]+")
NUMBER = re.compile("[0-9]+")
NOTHING = re.compile(r"[\W_]+")
LONG_FORMS = "號棟樓鎮區縣團組園戶門裡東鄉選網聯絡點廣場華龍馬寶灣橋圍蓮廠學醫興崗業橫莊頭壩嶺豐義雲鶴勞單員會"
SHORT_FORMS = "号栋楼镇区县团组园户门里东乡选网联络点广场华龙马宝湾桥围莲厂学医兴岗业横庄头坝岭丰义云鹤劳单员会"
SHORTENED = str.maketrans(LONG_FORMS, SHORT_FORMS)


def spelled(text: str) -> str:
    """Spell text for comparing: width, case, accents, long forms of characters, blanks and marks make no difference.

    Numbers are written in digits without leading zeros, Chinese numerals too: 第十二组０１２號 → 第12组12号. What
    remains may be empty. Both sides of a comparison are spelled, so a name that only looks like a number
    (三联 → 3联) is still found by its name.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
        plain = NUMERAL.sub(in_digits, plain.translate(SHORTENED))
    return NUMBER.sub(without_zeros, NOTHING.sub("", plain))


def in_digits(found: "re.Match[str]") -> str:
    """Write a Chinese numeral in digits: 十二 → 12, 一百零五 → 105, 二〇二 → 202."""
    numeral = found.group()
    if "十" not in numeral and "百" not in numeral:
        return "".join(str(DIGITS[one]) for one in numeral)
    total, last = 0, 0
    for one in numeral:
        if one in DIGITS:
            last = DIGITS[one]
        else:
            total += (last or 1) * (100 if one == "百" else 10)
            last = 0
    return str(total + last)


def without_zeros(found: "re.Match[str]") -> str:
    """Leave a number's leading zeros out: 012 → 12, 000 → 0."""
    return found.group().lstrip("0") or "0"


def numbers(text: str) -> frozenset[str]:
    """Give the numbers that stand in a spelled text."""
    return frozenset(NUMBER.findall(text))
