"""Invents names nobody can mistake for a real person's: a mark, a surname, and a pair from the sexagenary cycle."""

import pandas as pd
from numpy.random import Generator

MARK = "示例·"
MARK_EN = "Sample"

SURNAMES = {
    "陈": "Chen",
    "李": "Li",
    "黄": "Huang",
    "梁": "Liang",
    "冯": "Feng",
    "吕": "Lyu",
    "任": "Ren",
    "宋": "Song",
    "温": "Wen",
    "易": "Yi",
    "罗": "Luo",
    "谢": "Xie",
    "何": "He",
    "吴": "Wu",
    "林": "Lin",
    "叶": "Ye",
    "麦": "Mai",
    "邓": "Deng",
    "胡": "Hu",
    "杨": "Yang",
    "张": "Zhang",
    "郭": "Guo",
    "钟": "Zhong",
    "曾": "Zeng",
    "彭": "Peng",
    "苏": "Su",
    "潘": "Pan",
    "韩": "Han",
    "杜": "Du",
    "方": "Fang",
}
STEMS = {
    "甲": "Jia",
    "乙": "Yi",
    "丙": "Bing",
    "丁": "Ding",
    "戊": "Wu",
    "己": "Ji",
    "庚": "Geng",
    "辛": "Xin",
    "壬": "Ren",
    "癸": "Gui",
}
BRANCHES = {
    "子": "zi",
    "丑": "chou",
    "寅": "yin",
    "卯": "mao",
    "辰": "chen",
    "巳": "si",
    "午": "wu",
    "未": "wei",
    "申": "shen",
    "酉": "you",
    "戌": "xu",
    "亥": "hai",
}


def invent_names(rng: Generator) -> pd.DataFrame:
    """1,800 names, shuffled and all different: name (示例·陈甲子) and name_en (Sample Chen Jiazi)."""
    stems, branches = list(STEMS.items()), list(BRANCHES.items())
    cycle = [(stems[n % 10], branches[n % 12]) for n in range(60)]
    names = pd.DataFrame(
        (f"{MARK}{surname}{stem}{branch}", f"{MARK_EN} {surname_en} {stem_en}{branch_en}")
        for surname, surname_en in SURNAMES.items()
        for (stem, stem_en), (branch, branch_en) in cycle
    )
    names.columns = pd.Index(["name", "name_en"])
    return names.iloc[rng.permutation(len(names))].reset_index(drop=True)
