"""The sheets of what lies on the map: areas, electoral districts, grids and stations."""

from data.shared_columns import (
    BORDER,
    HOUSEHOLDS,
    LAT,
    LON,
    POPULATION,
    SYNTHETIC,
    TOWN,
    VILLAGE,
    code_of,
    name_of,
    reference_to,
)
from data.sheet import Choice, Column, Sheet

AREAS = Sheet(
    kind="areas", zh="行政区域", geometry="optional", shape="polygon",
    meaning_zh="县、镇街、村社区及其他统计单位",
    meaning_en="county, towns, streets, villages, communities and other units",
    columns=(
        code_of(
            "代码", "编码", "区划代码", "行政区划代码", "统计用区划代码", "区域代码", "GEOID", "adcode", "area_code",
            of_zh="行政区域", of_en="the area", example="440784001",
        ),
        name_of(
            "名称", "区域名称", "行政区名称", "区划名称", "fullname", "area_name",
            of_zh="行政区域", of_en="the area", example="沙坪街道(示例)",
        ),
        Column(
            name="kind", zh="类别", aliases=("类型", "区域类别", "type"), required=True, type="choice",
            example="街道",
            choices=(
                Choice(value="county", zh="县级", also=("县", "区", "县级市", "自治县", "市辖区")),
                Choice(value="town", zh="镇", also=("乡", "乡镇", "民族乡")),
                Choice(value="street", zh="街道", also=("街", "街道办", "街道办事处", "subdistrict")),
                Choice(value="village", zh="村", also=("行政村", "村委会", "村民委员会")),
                Choice(value="community", zh="社区", also=("居", "居委会", "居民委员会")),
                Choice(value="unit", zh="其他单位", also=("单位", "统计单位", "农场", "林场")),
            ),
            meaning_zh="区域的类别; 「其他单位」没有自己的人大, 可以没有边界",
            meaning_en="the kind of area; `unit` has no congress and may have no polygon",
        ),
        reference_to(
            "parent", "上级代码", "上级", "上级编码", "所属代码", "父代码", "parent_code", "pcode",
            of_zh="上一级区域", of_en="the area above it", example="440784",
        ),
        HOUSEHOLDS, POPULATION, BORDER, SYNTHETIC,
    ),
)  # fmt: skip

DISTRICTS = Sheet(
    kind="districts", zh="选区", geometry="required", shape="either",
    meaning_zh="县级或乡镇级人大代表选区(层级在导入时指定)",
    meaning_en="electoral districts of the county or the town layer (the layer is given on import)",
    columns=(
        code_of(
            "代码", "选区代码", "选区编码", "选区编号", "选区号", "编码", "编号", "GEOID", "district_code",
            of_zh="选区", of_en="the electoral district", example="X001",
        ),
        name_of(
            "名称", "选区名称", "选区", "district_name", of_zh="选区", of_en="the district", example="第一选区(示例)",
        ),
        Column(
            name="seats", zh="席位数", aliases=("席位", "代表名额", "应选名额", "名额", "应选代表数"), required=True,
            type="int", least=1, most=99, example="2",
            meaning_zh="应选代表名额(法律规定一至三名)", meaning_en="deputies to be elected (one to three by law)",
        ),
        Column(
            name="town", zh="选区所在镇", aliases=TOWN.names[:1] + TOWN.aliases, type="code", longest=40,
            example="440784001", meaning_zh="选区所在镇街的代码",
            meaning_en="the code of the town or street it lies in",
        ),
        POPULATION,
        Column(
            name="basis", zh="依据", aliases=("划分依据", "选区类型", "划分方式"), type="choice", default="residence",
            example="居住地",
            choices=(
                Choice(value="residence", zh="居住地", also=("居住状况", "居住", "按居住地")),
                Choice(value="work_unit", zh="单位", also=("工作单位", "生产单位", "事业单位", "按单位", "work unit")),
            ),
            meaning_zh="按居住地(有边界)或按单位(有一个点)划分; 留空为居住地",
            meaning_en="by residence (a polygon) or by work unit (a point); residence where empty",
        ),
        Column(
            name="unit_name", zh="单位名称", aliases=("单位", "工作单位名称"), longest=120,
            meaning_zh="按单位划分时的单位名称", meaning_en="the work unit's name, for districts by work unit",
        ),
        LON, LAT, BORDER, SYNTHETIC,
    ),
)  # fmt: skip

GRIDS = Sheet(
    kind="grids", zh="网格", geometry="required", shape="polygon",
    meaning_zh="基层治理网格", meaning_en="grids: the smallest cells that have grid workers",
    columns=(
        code_of(
            "代码", "网格代码", "网格编码", "网格编号", "编码", "编号", "GEOID", "grid_code", "gridid",
            of_zh="网格", of_en="the grid", example="440784001001001",
        ),
        name_of("名称", "网格名称", "网格", "grid_name", of_zh="网格", of_en="the grid", example="第一网格(示例)"),
        VILLAGE,
        Column(
            name="kind", zh="类别", aliases=("类型", "网格类别", "网格类型", "type"), type="choice", default="base",
            example="基础网格",
            choices=(
                Choice(value="base", zh="基础网格", also=("基础", "普通", "普通网格", "一般网格", "综合网格")),
                Choice(value="dedicated", zh="专属网格", also=("专属", "专业网格", "专项网格")),
            ),
            meaning_zh="基础网格或专属网格(园区、学校等); 留空为基础网格",
            meaning_en="base grid or dedicated grid (parks, schools …); base where empty",
        ),
        HOUSEHOLDS, POPULATION, BORDER, SYNTHETIC,
    ),
)  # fmt: skip

STATIONS = Sheet(
    kind="stations", zh="联络站", geometry="required", shape="point",
    meaning_zh="代表联络站、联系点、代表之家、实践基地",
    meaning_en="stations, contact points, deputies' homes, practice bases",
    columns=(
        code_of(
            "代码", "联络站代码", "联络站编号", "站点代码", "站点编号", "编码", "编号", "station_code",
            of_zh="联络站", of_en="the station", example="Z001",
        ),
        name_of(
            "名称", "联络站名称", "站点名称", "联络站", "station_name",
            of_zh="联络站", of_en="the station", example="沙坪中心联络站(示例)",
        ),
        Column(
            name="kind", zh="类别", aliases=("类型", "站点类别", "站点类型", "type"), type="choice",
            default="station",
            example="中心联络站",
            choices=(
                Choice(value="central", zh="中心联络站", also=("中心站", "central station")),
                Choice(value="station", zh="联络站", also=("村居联络站", "代表联络站", "人大代表联络站", "社区联络站")),
                Choice(value="industry", zh="产业联络站", also=("行业联络站", "行业站", "industry station")),
                Choice(value="contact_point", zh="联系点", also=("联络点", "产业联系点", "代表联系点")),
                Choice(value="home", zh="代表之家", also=("人大代表之家", "deputies' home")),
                Choice(value="practice_base", zh="实践基地", also=("代表实践基地", "基地", "practice base")),
            ),
            meaning_zh="站点的类别; 留空为联络站", meaning_en="the kind of place; a station where empty",
        ),
        TOWN, VILLAGE,
        Column(
            name="address", zh="地址", aliases=("详细地址", "站点地址"), longest=200, example="示例路 1 号",
            meaning_zh="站点地址", meaning_en="the address",
        ),
        Column(
            name="hours", zh="接待时间", aliases=("开放时间", "接访时间", "opening_hours"), longest=200,
            example="每周四 9:00-11:30", meaning_zh="接待选民的时间", meaning_en="when electors are received",
        ),
        LON, LAT, SYNTHETIC,
    ),
)  # fmt: skip
