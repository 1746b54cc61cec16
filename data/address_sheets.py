"""The sheet of addresses: house numbers with their village group or estate, and nobody's name."""

from data.shared_columns import HOUSEHOLDS, LAT, LON, SYNTHETIC, VILLAGE, code_of, reference_to
from data.sheet import Column, Sheet

ADDRESSES = Sheet(
    kind="addresses", zh="门牌地址", geometry="required", shape="point",
    meaning_zh="门牌地址(一处一行), 用于按门牌查找和按户数计算负担; 不写任何人的姓名、电话或证件号",
    meaning_en="addresses, one place a row, to find a spot by its house number and to count households; nobody's name, "
    "phone or document number",
    columns=(
        code_of(
            "代码", "门牌代码", "门牌编号", "地址编码", "地址代码", "标准地址编码", "编码", "编号", "address_code",
            of_zh="门牌地址", of_en="the address", example="M000001",
        ),
        Column(
            name="address", zh="地址", required=True, longest=200,
            aliases=("门牌", "门牌号", "门牌地址", "详细地址", "标准地址", "地址全称", "addr"), example="示例路 12 号",
            meaning_zh="门牌地址的文字, 如“示例路 12 号”; 不写住户姓名",
            meaning_en="the address as people write it; never who lives there",
        ),
        Column(
            name="group", zh="村民小组", aliases=("小组", "村小组", "自然村", "生产队", "经济社", "village_group"),
            longest=80, example="第一村民小组",
            meaning_zh="所在的村民小组", meaning_en="the village group it belongs to",
        ),
        Column(
            name="estate", zh="小区", aliases=("住宅小区", "小区名称", "楼盘", "住宅区", "housing_estate"), longest=80,
            example="示例花园", meaning_zh="所在的小区", meaning_en="the housing estate it belongs to",
        ),
        reference_to(
            "grid", "网格代码", "网格", "所在网格", "所属网格", "网格编号", "网格编码", "grid_code",
            of_zh="所在网格(留空按坐标定)", of_en="the grid it lies in (by its place where empty)",
            example="440784001001001",
        ),
        VILLAGE, HOUSEHOLDS, LON, LAT, SYNTHETIC,
    ),
)  # fmt: skip
