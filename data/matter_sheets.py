"""The sheet of matters that come as a list, such as a hotline's day: one opinion a row, and nobody's name or number."""

from data.shared_columns import LAT, LON, SYNTHETIC, reference_to
from data.sheet import Choice, Column, Sheet

MATTERS = Sheet(
    kind="matters", zh="群众意见", key=("number",), geometry="optional", shape="point",
    meaning_zh="热线、信箱等转来的群众意见清单, 一件一行, 同一编号只受理一次; 不写姓名、电话和证件号, 没有地点也受理",
    meaning_en="residents' matters that come as a list, one a row, each number taken once; no name, phone or document "
    "number; taken without a place too",
    columns=(
        Column(
            name="number", zh="编号", required=True, type="code", longest=40, example="R20261123-001",
            aliases=("工单号", "工单编号", "事项编号", "来件编号", "诉求编号", "case_number", "order_number"),
            meaning_zh="来件清单中的编号; 再次导入时凭它认出同一件",
            meaning_en="the number in the list; by it a row is known when the list comes again",
        ),
        Column(
            name="text", zh="内容", required=True, longest=2000, example="路口的路灯不亮（示例）",
            aliases=("诉求内容", "意见内容", "反映内容", "事项内容", "意见建议", "content", "description"),
            meaning_zh="反映的情况; 电话和证件号不保存", meaning_en="what it is about; telephone numbers are not kept",
        ),
        Column(
            name="on", zh="日期", type="date", example="2026-11-23",
            aliases=("受理日期", "来件日期", "收到日期", "received", "date"),
            meaning_zh="收到的日期; 留空为导入当天", meaning_en="the day it came in; the day of the import where empty",
        ),
        Column(
            name="channel", zh="渠道", type="choice", example="热线", default="hotline",
            aliases=("来源", "来件渠道", "source"),
            choices=(
                Choice(value="hotline", zh="热线", also=("12345", "热线清单", "电话")),
                Choice(value="station", zh="联络站", also=("代表联络站",)),
                Choice(value="office", zh="人大办公室", also=("人大办", "镇人大办公室", "人大街道工委")),
                Choice(value="grid_worker", zh="网格员", also=("网格",)),
                Choice(value="online", zh="网上", also=("网络", "网上直通车", "信箱")),
            ),
            meaning_zh="从哪里来; 留空为热线", meaning_en="where it came from; the hotline where empty",
        ),
        Column(
            name="place", zh="地点", longest=200, example="示例路与示例街路口",
            aliases=("事发地址", "事发地点", "详细地址", "address", "location"),
            meaning_zh="文字写的地点", meaning_en="the place in words",
        ),
        reference_to(
            "grid", "网格代码", "网格", "所在网格", "网格编号", "grid_code", of_zh="事项所在网格", of_en="the grid",
            example="",
        ),
        reference_to(
            "station", "联络站代码", "联络站编号", "转交联络站", "station_code", of_zh="接收的联络站",
            of_en="the station that takes it", example="",
        ),
        Column(
            name="kind", zh="类别", longest=40, example="", aliases=("事项类别", "分类", "class"),
            meaning_zh="办理流程中的类别, 可不填", meaning_en="a class of the process book; may be left empty",
        ),
        LON, LAT, SYNTHETIC,
    ),
)  # fmt: skip
