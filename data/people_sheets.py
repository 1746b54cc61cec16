"""The sheets of people and what they do: deputies, seats, grid workers and activities."""

from data.shared_columns import LEVELS, SYNTHETIC, TOWN, VILLAGE, code_of, name_of, reference_to
from data.sheet import Choice, Column, Sheet

PEOPLE = Sheet(
    kind="people", zh="代表人员", meaning_zh="担任或曾担任代表的人", meaning_en="people who hold or held a seat",
    columns=(
        code_of(
            "代表编号", "代表代码", "编号", "编码", "代码", "人员编号", "代表证号", "person_code", "deputy_code",
            of_zh="代表本人", of_en="the person", example="D0001",
        ),
        name_of(
            "姓名", "代表姓名", "名称", of_zh="代表", of_en="the person", example="示例甲", longest=80,
        ),
        Column(
            name="name_en", zh="英文名", aliases=("英文姓名", "拼音", "english_name"), longest=120,
            example="Sample A",
            meaning_zh="英文名或拼音", meaning_en="the name in Latin letters",
        ),
        Column(
            name="sex", zh="性别", aliases=("gender",), type="choice", example="女",
            choices=(
                Choice(value="female", zh="女", also=("f", "女性")),
                Choice(value="male", zh="男", also=("m", "男性")),
            ),
            meaning_zh="性别, 可不填", meaning_en="sex; may be left empty",
        ),
        Column(
            name="birth_year", zh="出生年", aliases=("出生年份", "birthyear", "year_of_birth"), type="int",
            least=1900, most=2100, example="1980", meaning_zh="出生年份; 不需要月和日",
            meaning_en="year of birth; neither month nor day is wanted",
        ),
        SYNTHETIC,
    ),
)  # fmt: skip

SEATS = Sheet(
    kind="seats", zh="席位", meaning_zh="一届之内的代表席位; 一人可有两级席位",
    meaning_en="seats of one term; a person may hold seats at two levels",
    columns=(
        code_of(
            "席位编号", "席位代码", "编号", "编码", "代码", "代表证编号", "seat_code", of_zh="席位", of_en="the seat",
            example="S0001",
        ),
        reference_to(
            "person", "代表编号", "代表代码", "人员编号", "代表", "person_code", "deputy", "deputy_code",
            of_zh="代表本人", of_en="the person", example="D0001", required=True,
        ),
        Column(
            name="level", zh="层级", aliases=("级别", "代表层级", "代表级别"), required=True, type="choice",
            choices=LEVELS, example="县级", meaning_zh="哪一级人大的代表", meaning_en="the congress's level",
        ),
        reference_to(
            "district", "选区代码", "选区", "选区编号", "选区编码", "所在选区", "district_code",
            of_zh="选出该代表的选区(县、镇两级必填)", of_en="the electing district (county and town levels)",
            example="X001",
        ),
        Column(
            name="electing_unit", zh="选举单位", aliases=("选举单位名称",), longest=120,
            meaning_zh="由下级人大选出的代表的选举单位",
            meaning_en="the electing unit of deputies elected by a congress",
        ),
        TOWN, VILLAGE,
        reference_to(
            "station", "联络站代码", "联络站", "所在联络站", "站点代码", "station_code",
            of_zh="接待选民的联络站", of_en="the station where electors are received", example="Z001",
        ),
        Column(
            name="role", zh="职务", aliases=("代表职务", "人大职务"), longest=40, meaning_zh="在人大担任的职务",
            meaning_en="office held in the congress",
        ),
        Column(
            name="group", zh="小组", aliases=("代表小组", "专业小组", "所在小组", "group_name"), longest=80,
            example="沙坪代表小组", meaning_zh="所在的代表小组", meaning_en="the deputy group",
        ),
        Column(
            name="from", zh="任职起", aliases=("任职开始", "起始日期", "开始日期", "starts_on", "start"), type="date",
            example="2026-11-01", meaning_zh="从这一天起计; 留空为本届开始",
            meaning_en="counts from this day on; the term's first day where empty",
        ),
        Column(
            name="to", zh="任职止", aliases=("任职结束", "终止日期", "结束日期", "ends_on", "end"), type="date",
            meaning_zh="从这一天起不再计; 留空为本届结束",
            meaning_en="no longer counts from this day on; open where empty",
        ),
        reference_to(
            "grid", "决定网格", "决定网格代码", "网格代码", "安排网格", "decided_grid", "grid_code",
            of_zh="经决定安排的网格(没有选区的代表)", of_en="the grid decided for a seat without district",
            example="",
        ),
        Column(
            name="decided_on", zh="决定日期", aliases=("决定时间",), type="date", meaning_zh="作出上述决定的日期",
            meaning_en="the day of that decision",
        ),
        Column(
            name="decision", zh="决定依据", aliases=("决定文号", "依据", "决定"), longest=200,
            meaning_zh="上述决定的文号或会议", meaning_en="the paper or meeting of that decision",
        ),
        SYNTHETIC,
    ),
)  # fmt: skip

GRIDWORKERS = Sheet(
    kind="gridworkers", zh="网格员", key=("code", "grid"), meaning_zh="网格长和网格员; 负责几个网格就写几行",
    meaning_en="grid chiefs and grid workers; one row for each grid of theirs",
    columns=(
        code_of(
            "网格员编号", "网格员代码", "编号", "编码", "代码", "worker_code", of_zh="网格员",
            of_en="the grid worker",
            example="W0001",
        ),
        name_of(
            "姓名", "网格员姓名", "网格员", "名称", of_zh="网格员", of_en="the grid worker",
            example="示例乙", longest=80,
        ),
        reference_to(
            "grid", "网格代码", "网格", "所在网格", "负责网格", "网格编号", "网格编码", "grid_code",
            of_zh="负责的网格", of_en="the grid", example="440784001001001", required=True,
        ),
        Column(
            name="role", zh="职务", aliases=("角色", "岗位", "类别"), type="choice", default="worker",
            example="网格员",
            choices=(
                Choice(value="chief", zh="网格长", also=("组长", "负责人", "grid chief")),
                Choice(value="worker", zh="网格员", also=("专职网格员", "兼职网格员", "成员", "grid worker")),
            ),
            meaning_zh="网格长或网格员; 留空为网格员", meaning_en="grid chief or grid worker; worker where empty",
        ),
        SYNTHETIC,
    ),
)  # fmt: skip

ACTIVITIES = Sheet(
    kind="activities", zh="履职活动", meaning_zh="代表的履职活动; 只有已核实的才计分",
    meaning_en="what deputies did; only verified acts count",
    columns=(
        code_of(
            "履职编号", "活动编号", "履职代码", "编号", "编码", "代码", "activity_code", of_zh="履职活动",
            of_en="the activity", example="L0001",
        ),
        Column(
            name="kind", zh="履职类别", aliases=("活动类别", "履职类型", "类别", "类型", "活动类型", "type"),
            required=True,
            longest=60, example="station.reception", meaning_zh="积分办法中的活动类别",
            meaning_en="a kind of activity of the rule book",
        ),
        Column(
            name="on", zh="日期", aliases=("活动日期", "履职日期", "时间", "date", "held_on"), required=True,
            type="date",
            example="2026-11-23", meaning_zh="活动日期", meaning_en="the day it was held",
        ),
        Column(
            name="people", zh="参加代表", aliases=("代表编号", "代表", "参加人", "参加代表编号", "deputies"),
            required=True,
            type="codes", example="D0001;D0002", meaning_zh="参加代表的编号, 以分号隔开, 第一位为牵头人",
            meaning_en="codes of the people who took part, `;` between, the first leads",
        ),
        Column(
            name="mode", zh="方式", aliases=("履职方式", "活动方式"), longest=40, example="station",
            meaning_zh="在何处以何种方式进行", meaning_en="in which way it was held",
        ),
        Column(
            name="level", zh="层级", aliases=("代表层级", "计分层级"), type="choice", choices=LEVELS, example="县级",
            meaning_zh="一人有两级席位时, 计入哪一级; 留空按地点定, 再按较低一级",
            meaning_en="the seat it counts for when a person holds two; by place, then the lower level where empty",
        ),
        Column(
            name="title", zh="事项", aliases=("活动名称", "标题", "活动内容", "主题"), longest=200,
            example="接待选民(示例)",
            meaning_zh="一句话说明; 不写群众姓名和电话", meaning_en="one sentence; no resident's name or phone",
        ),
        reference_to(
            "grid", "网格代码", "网格", "所在网格", "grid_code", of_zh="活动所在网格", of_en="the grid", example="",
        ),
        reference_to(
            "station", "联络站代码", "联络站", "站点代码", "station_code", of_zh="活动所在联络站",
            of_en="the station",
            example="Z001",
        ),
        Column(
            name="hours", zh="小时", aliases=("时长", "小时数", "服务时长"), type="tenths", least=0, most=1000,
            example="1.5",
            meaning_zh="小时数, 至多一位小数", meaning_en="hours, one decimal at most",
        ),
        Column(
            name="half_days", zh="半天数", aliases=("半天", "半日数", "halfdays"), type="int", least=0, most=1000,
            meaning_zh="以半天计的活动的半天数", meaning_en="half days, for what is counted in half days",
        ),
        Column(
            name="served", zh="服务人数", aliases=("接待人数", "服务人次", "接待人次"), type="int", least=0,
            most=1_000_000,
            example="6", meaning_zh="接待或服务的人数, 只计数不记名",
            meaning_en="people received or helped; counted, never named",
        ),
        Column(
            name="state", zh="状态", aliases=("核实状态", "审核状态"), type="choice", default="reported",
            example="已核实",
            choices=(
                Choice(value="verified", zh="已核实", also=("已审核", "核实", "审核通过", "通过")),
                Choice(value="reported", zh="已报", also=("待核实", "待审核", "未核实", "未审核", "已上报", "上报")),
            ),
            meaning_zh="已核实的才计分; 留空为已报", meaning_en="only verified acts count; reported where empty",
        ),
        SYNTHETIC,
    ),
)  # fmt: skip
