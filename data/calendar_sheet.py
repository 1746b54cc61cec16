"""The sheet of a holiday notice: days off, and weekend days that are worked."""

from data.shared_columns import SYNTHETIC
from data.sheet import Choice, Column, Sheet

WORKDAYS = Sheet(
    kind="workdays", zh="放假安排", key=("on",),
    meaning_zh="放假和调休上班的日期, 一天一行; 一年的法定节日都列出后, 该年即为已公布",
    meaning_en="days off and weekend days worked, one a row; a year is announced once all its statutory holidays stand",
    columns=(
        Column(
            name="on", zh="日期", aliases=("放假日期", "日", "date", "day"), required=True, type="date",
            example="2027-02-05", meaning_zh="放假或上班的这一天", meaning_en="the day off, or the day worked",
        ),
        Column(
            name="kind", zh="类别", aliases=("类型", "放假或上班", "安排", "type"), required=True, type="choice",
            example="放假",
            choices=(
                Choice(value="off", zh="放假", also=("休", "休息", "放假调休", "补休", "补假", "holiday", "rest")),
                Choice(value="work", zh="上班", also=("班", "调休上班", "补班", "工作日", "workday", "working")),
            ),
            meaning_zh="放假, 或周末调为上班", meaning_en="off, or a weekend day that is worked",
        ),
        Column(
            name="name", zh="名称", aliases=("节日", "节假日", "节日名称", "holiday_name"), required=True, longest=60,
            example="春节", meaning_zh="节日的名称, 或放假的原因", meaning_en="the holiday, or why it is a day off",
        ),
        Column(
            name="source", zh="依据", aliases=("文号", "通知", "来源", "notice"), longest=200,
            example="示例通知", meaning_zh="放假通知的名称或文号", meaning_en="the notice's title or number",
        ),
        SYNTHETIC,
    ),
)  # fmt: skip
