"""Search among 200,000 made-up addresses: how long the index takes, and how long a question.

Run: `python -m benchmarks.search [ADDRESSES]`. Prints one line for building and one for each kind of question: the
median and the slowest of 50 questions in milliseconds, and how often the address meant was among the first three.
"""

import sys
from statistics import median
from time import perf_counter

import numpy as np

from services.gazetteer import Entry, Gazetteer

TOWNS = "东西南北中上下新大小"
VILLAGES = "松竹梅兰菊荷桂榕棉茶稻桑柳莲枫杉"
NUMERALS = "一二三四五六七八九十"
QUESTIONS = 50


def made_up(count: int) -> list[Entry]:
    """Number the houses of made-up towns, villages and groups."""
    entries = []
    for number in range(count):
        house, group = number % 60 + 1, number // 60 % 10
        village, town = number // 600 % 256, number // (600 * 256) % 100
        name = (
            f"{TOWNS[town // 10]}{TOWNS[town % 10]}镇{VILLAGES[village // 16]}{VILLAGES[village % 16]}村"
            f"第{NUMERALS[group]}村民小组{house}号"
        )
        entries.append(Entry(kind="house", code=f"M{number:07d}", name=name, lon=113.0, lat=22.0))
    return entries


def asked(kind: str, name: str) -> str:
    """Write an address as people do: whole, without what is taken for granted, full-width, with a slip."""
    if kind == "short":
        return name[3:6] + name[name.index("第") + 1] + "组" + name[name.index("小组") + 2 :]
    if kind == "full-width":
        return name.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}).replace("号", "號")
    if kind == "slip":
        return name.replace("小组", "小祖")
    return name


def main() -> None:
    """Measure and print."""
    entries = made_up(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    began = perf_counter()
    gazetteer = Gazetteer(entries)
    print(f"{len(entries):,} addresses indexed in {perf_counter() - began:.1f} s")
    chosen = np.random.default_rng(3).choice(len(entries), QUESTIONS, replace=False)
    for kind in ("whole", "short", "full-width", "slip"):
        times, right = [], 0
        for number in chosen.tolist():
            question = asked(kind, entries[number].name)
            began = perf_counter()
            found = gazetteer.find(question)
            times.append((perf_counter() - began) * 1000)
            right += any(hit.entry == entries[number] for hit in found[:3])
        print(f"{kind:<11} median {median(times):5.1f} ms, slowest {max(times):5.1f} ms, within 3: {right}/{QUESTIONS}")


if __name__ == "__main__":
    main()
