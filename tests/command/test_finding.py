"""Finding by name on the command line: the spot and the deputy, or a plain no."""

from typing import Any


def test_a_house_number_is_found_with_its_deputy(sanlian: Any, heshan: Any) -> None:
    said = sanlian("--home", heshan.home, "locate", "--find", "古劳镇双桥村二组12号", "--json")
    assert said.code == 0, said.err
    first = said.json[0]
    assert (first["kind_text"], first["name"]) == ("门牌", "古劳镇双桥村第二村民小组12号")
    assert first["deputy"]["name"].startswith("示例·")
    printed = sanlian("--home", heshan.home, "locate", "--find", "古劳镇双桥村二组12号")
    assert "双桥村" in printed.out


def test_what_nobody_calls_a_place_is_refused_with_what_to_do(sanlian: Any, heshan: Any) -> None:
    said = sanlian("--home", heshan.home, "locate", "--find", "没有这个地方")
    assert said.code == 1
    assert "没有找到" in said.err
