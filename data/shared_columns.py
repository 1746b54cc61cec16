"""Columns that several kinds of file share, and the few forms that most columns have."""

from data.sheet import Choice, Column

YES_NO = (
    Choice(value="true", zh="是", also=("yes", "y", "t", "1", "√", "✓", "对", "有", "真")),
    Choice(value="false", zh="否", also=("no", "n", "f", "0", "×", "x", "错", "无", "假")),
)
LEVELS = (
    Choice(value="national", zh="全国", also=("国家级", "全国级", "全国人大代表", "全国代表")),
    Choice(value="province", zh="省级", also=("省", "自治区", "直辖市", "省人大代表", "省代表", "provincial")),
    # no bare 市级: in a county-level city it may mean either of two levels, so the file has to say which
    Choice(value="prefecture", zh="设区的市级", also=("地级市", "地市级", "设区的市", "设区市", "地级")),
    Choice(value="county", zh="县级", also=("县", "区", "县级市", "区级", "县(市、区)级", "县代表")),
    Choice(value="town", zh="乡镇级", also=("镇", "乡", "镇级", "乡级", "乡镇", "镇代表", "township")),
)


def code_of(zh: str, *aliases: str, of_zh: str, of_en: str, example: str) -> Column:
    """The column by which a row is known."""
    return Column(
        name="code", zh=zh, aliases=aliases, required=True, type="code", longest=40, example=example,
        meaning_zh=f"{of_zh}的代码; 按文本填写, 保留前面的零, 全表不重复",
        meaning_en=f"the code of {of_en}; text, leading zeros kept, unique in the file",
    )  # fmt: skip


def reference_to(
    name: str, zh: str, *aliases: str, of_zh: str, of_en: str, example: str, required: bool = False
) -> Column:
    """A column that names a row of another file."""
    return Column(
        name=name, zh=zh, aliases=aliases, required=required, type="code", longest=40, example=example,
        meaning_zh=f"{of_zh}的代码", meaning_en=f"the code of {of_en}",
    )  # fmt: skip


def name_of(zh: str, *aliases: str, of_zh: str, of_en: str, example: str, longest: int = 120) -> Column:
    """The name that people read."""
    return Column(
        name="name", zh=zh, aliases=aliases, required=True, longest=longest, example=example,
        meaning_zh=f"{of_zh}的名称", meaning_en=f"the name of {of_en}",
    )  # fmt: skip


def count_of(name: str, zh: str, *aliases: str, meaning_zh: str, meaning_en: str, example: str) -> Column:
    """A number of households, people and the like; empty where it is not known."""
    return Column(
        name=name, zh=zh, aliases=aliases, type="int", least=0, most=2_000_000_000, example=example,
        meaning_zh=meaning_zh, meaning_en=meaning_en,
    )  # fmt: skip


HOUSEHOLDS = count_of(
    "households", "户数", "总户数", "住户数", "家庭户数", "hh", "household",
    meaning_zh="户数; 分配负担时按此计, 留空则按面积",
    meaning_en="households; loads are counted by them, by area where empty",
    example="215",
)  # fmt: skip
POPULATION = count_of(
    "population", "人口", "人口数", "总人口", "常住人口", "户籍人口", "pop",
    meaning_zh="人口数", meaning_en="population", example="680",
)  # fmt: skip
SYNTHETIC = Column(
    name="synthetic", zh="示例", aliases=("示例数据", "是否示例", "虚构"), type="bool", choices=YES_NO, example="是",
    meaning_zh="是否为虚构的示例数据; 留空为否", meaning_en="whether the row is made-up sample data; no where empty",
)  # fmt: skip
LON = Column(
    name="lon", zh="经度", aliases=("longitude", "lng", "long", "x", "东经", "横坐标", "x坐标"), type="number",
    example="112.9644", meaning_zh="经度(或投影坐标的东向值), 坐标系在导入时声明",
    meaning_en="longitude (or easting of a projected system) in the datum declared on import",
)  # fmt: skip
LAT = Column(
    name="lat", zh="纬度", aliases=("latitude", "y", "北纬", "纵坐标", "y坐标"), type="number", example="22.7653",
    meaning_zh="纬度(或投影坐标的北向值), 坐标系在导入时声明",
    meaning_en="latitude (or northing of a projected system) in the datum declared on import",
)  # fmt: skip
BORDER = Column(
    name="wkt", zh="边界", aliases=("几何", "边界wkt", "geometry", "geom", "polygon", "the_geom"), type="wkt",
    example="POLYGON ((112.96 22.76, 112.97 22.76, 112.97 22.77, 112.96 22.77, 112.96 22.76))",
    meaning_zh="多边形边界(WKT); 仅表格文件需要, 图层文件自带边界",
    meaning_en="the polygon as WKT; for spreadsheets only, layer files bring their own",
)  # fmt: skip
TOWN = reference_to(
    "town", "镇代码", "镇街代码", "所在镇", "所属镇街", "所在镇街", "乡镇代码", "town_code",
    of_zh="所在镇街", of_en="the town or street it lies in", example="440784001",
)  # fmt: skip
VILLAGE = reference_to(
    "village", "村代码", "村居代码", "社区代码", "所在村", "所属村居", "村(社区)代码", "village_code",
    of_zh="所在村(社区)", of_en="the village or community it lies in", example="440784001001",
)  # fmt: skip
