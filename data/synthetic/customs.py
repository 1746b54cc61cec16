"""The customs of the invented year: how each kind of activity is usually held, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OPINIONS = 824  # published for 2024
PROJECTS = 91  # published for 2024

STATION, MEETING, WALK, HOME = "station", "meeting", "walk_through", "home_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """How a kind of activity is usually held.

    acts: how many in the year (0 = follows from the person-times); joint: chance of more than one person;
    most: people at the most; at: ``grid`` or ``station``; modes: one is drawn; hours: tenths, least and most
    (0, 0 = not counted); half_days: the most; titles: one is drawn; helps: whether those served are counted.
    """

    at: str
    modes: tuple[str, ...]
    titles: tuple[str, ...]
    acts: int = 0
    joint: float = 0.0
    most: int = 3
    hours: tuple[int, int] = (5, 20)
    half_days: int = 0
    helps: bool = False


CUSTOMS: Mapping[str, Custom] = MappingProxyType(
    {
        "grid.visit": Custom(
            at="grid",
            modes=(
                WALK,
                WALK,
                HOME,
            ),
            titles=(
                "进网格走访",
                "网格日常走访",
                "入户了解情况",
            ),
            joint=0.12,
        ),
        "station.reception": Custom(
            at="station",
            modes=(STATION,),
            titles=(
                "进站接待选民",
                "联络站接待日",
            ),
            joint=0.1,
            hours=(10, 30),
        ),
        "electors.meeting": Custom(
            at="station",
            modes=(MEETING,),
            titles=(
                "选民座谈会",
                "原选区选民见面会",
            ),
            acts=150,
            joint=0.5,
            hours=(10, 30),
        ),
        "opinion.gathered": Custom(
            at="grid",
            modes=(
                WALK,
                HOME,
                STATION,
            ),
            titles=(
                "收集路灯维修意见",
                "收集排水意见",
                "收集停车意见",
                "收集农田水利意见",
                "收集环境卫生意见",
            ),
            acts=OPINIONS,
        ),
        "law.education": Custom(
            at="station",
            modes=(
                MEETING,
                STATION,
            ),
            titles=(
                "普法宣讲",
                "以案说法",
            ),
            acts=260,
            joint=0.2,
            hours=(10, 25),
            helps=True,
        ),
        "public.service": Custom(
            at="grid",
            modes=(
                WALK,
                HOME,
            ),
            titles=(
                "协助便民服务",
                "代办指引",
            ),
            acts=300,
            joint=0.05,
            hours=(10, 40),
            helps=True,
        ),
        "volunteering": Custom(
            at="grid",
            modes=(WALK,),
            titles=(
                "志愿服务",
                "人居环境整治志愿活动",
            ),
            acts=360,
            joint=0.2,
            hours=(10, 45),
            helps=True,
        ),
        "dispute.settled": Custom(
            at="grid",
            modes=(
                MEETING,
                HOME,
            ),
            titles=(
                "协助调处邻里纠纷",
                "协助调处土地纠纷",
            ),
            acts=66,
            joint=0.3,
        ),
        "livelihood.project": Custom(
            at="grid",
            modes=(WALK,),
            titles=(
                "推动村道硬化",
                "推动健身器材更新",
                "推动照明改造",
                "推动候车亭修建",
            ),
            acts=PROJECTS,
            joint=0.25,
        ),
        "vulnerable.help": Custom(
            at="grid",
            modes=(HOME,),
            titles=(
                "走访帮扶困难群众",
                "看望独居老人",
            ),
            acts=270,
            joint=0.1,
            hours=(5, 25),
            helps=True,
        ),
        "policy.explained": Custom(
            at="station",
            modes=(
                STATION,
                MEETING,
                HOME,
            ),
            titles=(
                "政策宣讲",
                "医保政策解读",
            ),
            acts=280,
            joint=0.1,
            helps=True,
        ),
        "report.electors": Custom(
            at="station",
            modes=(MEETING,),
            titles=(
                "述职并听取意见",
                "年度述职",
            ),
            acts=240,
            hours=(5, 15),
        ),
        "suggestion.submitted": Custom(
            at="grid",
            modes=("",),
            titles=("提出建议、批评和意见",),
            acts=230,
            joint=0.15,
            hours=(0, 0),
        ),
        "inspection": Custom(
            at="station",
            modes=(WALK,),
            titles=(
                "专题视察",
                "集中视察",
            ),
            acts=48,
            joint=1.0,
            most=12,
            hours=(0, 0),
            half_days=2,
        ),
        "training": Custom(
            at="station",
            modes=(MEETING,),
            titles=(
                "代表履职培训",
                "代表小组学习",
            ),
            acts=36,
            joint=1.0,
            most=25,
            hours=(0, 0),
            half_days=2,
        ),
    }
)
