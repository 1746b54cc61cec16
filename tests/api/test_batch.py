"""Locating many points at once: order kept, errors row by row, streamed, and refused when it is too much."""

import csv
import io
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Spot
    from tests.conftest import Serve, Served

PATH = "/api/v1/locate/batch"


def send(served: "Served", body: str, *, encoding: str = "utf-8") -> Any:
    return served.client().post(PATH, params={"datum": "wgs84"}, content=body.encode(encoding))


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_csv_keeps_its_columns_and_order_and_gains_the_answer(
    heshan: "Served", inside: "Spot", encoding: str
) -> None:
    answer = send(heshan, f"地点,经度,纬度\n学校,{inside.lon},{inside.lat}\n远方,1,2\n", encoding=encoding)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = rows_of(answer)
    assert [row["地点"] for row in rows] == ["学校", "远方"]
    assert rows[0]["grid"] == inside.grid
    assert rows[0]["town_deputy"]
    assert rows[0]["error"] == ""
    assert rows[1]["grid"] == ""
    assert "too far" in rows[1]["error"]


def test_one_row_without_a_number_does_not_stop_the_others(heshan: "Served", inside: "Spot") -> None:
    body = f"n,lon,lat\n1,east,22.7\n2,{inside.lon},{inside.lat}\n3,,\n4,500,22.7\n5,{inside.lon},{inside.lat}\n"
    rows = rows_of(send(heshan, body))
    assert [row["n"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["error"].partition(" / ")[2] for row in rows] == [
        "the coordinate is not a number", "", "the coordinate is not a number", "the coordinate is out of range", "",
    ]  # fmt: skip
    assert rows[1]["grid"] == rows[4]["grid"] == inside.grid


def test_a_batch_answers_as_the_single_question_does(heshan: "Served", corner: "Spot", inside: "Spot") -> None:
    body = f"lon,lat\n{corner.lon!r},{corner.lat!r}\n{inside.lon},{inside.lat}\n"
    for row, spot in zip(rows_of(send(heshan, body)), (corner, inside), strict=True):
        query = {"lon": repr(spot.lon), "lat": repr(spot.lat), "datum": "wgs84"}
        single = heshan.client().get("/api/v1/locate", params=query).json()
        assert row["grid"] == single["grid"]["code"] == spot.grid
        assert row["on_border"] == str(single["on_border"]).lower()
        first = {linked["level"]: linked["deputy"]["name"] for linked in reversed(single["responsible"])}
        assert row["town_deputy"] == first.get("town", "")  # a street has no congress of its own
        assert row["county_deputy"] == first["county"]


def test_json_rows_come_back_as_json_with_their_own_types(heshan: "Served", inside: "Spot") -> None:
    sent = [{"id": 7, "lon": inside.lon, "lat": inside.lat}, {"id": 8, "lon": None, "lat": "x"}, {"id": 9, "lon": [1]}]
    answer = heshan.client().post(PATH, params={"datum": "wgs84"}, json=sent)
    body = answer.json()
    assert [row["id"] for row in body] == [7, 8, 9]
    assert body[0]["grid"] == inside.grid
    assert body[0]["outside"] is False
    assert body[0]["on_border"] is False
    assert all("not a number" in row["error"] for row in body[1:])
    assert heshan.client().post(PATH, params={"datum": "wgs84"}, json=[]).json() == []


def test_a_table_without_rows_gives_its_header_back(heshan: "Served") -> None:
    answer = send(heshan, "lon,lat\n")
    assert answer.status_code == 200
    assert answer.text.strip().startswith("lon,lat,grid,")
    assert answer.text.count("\n") == 1


def test_a_column_named_like_an_answer_does_not_shift_the_rest(heshan: "Served", inside: "Spot") -> None:
    row = rows_of(send(heshan, f"grid,lon,lat,note\nmine,{inside.lon},{inside.lat},kept\n"))[0]
    assert row["grid"] == inside.grid
    assert row["note"] == "kept"
    assert row["error"] == ""
    assert None not in row


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "error.batch_unreadable"),
        ("a,b\n1,2\n", "error.no_coordinate_columns"),
        ("lon,lat\n1,2\n1,2,3,4\n", "error.batch_unreadable"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(heshan: "Served", body: str, kind: str) -> None:
    answer = send(heshan, body)
    assert answer.status_code == 400
    assert answer.json()["type"] == f"urn:sanlian:{kind}"


@pytest.mark.parametrize("body", ["{", '{"lon": 1}', "[1, 2]", '"text"'])
def test_json_that_is_no_list_of_objects_is_refused(heshan: "Served", body: str) -> None:
    headers = {"content-type": "application/json"}
    answer = heshan.client().post(PATH, params={"datum": "wgs84"}, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:sanlian:error.batch_unreadable"


def test_a_batch_without_a_datum_or_with_an_unknown_one_is_refused(heshan: "Served") -> None:
    client = heshan.client()
    assert client.post(PATH, content="lon,lat\n1,2\n").status_code == 422
    assert client.post(PATH, params={"datum": "nad27"}, content="lon,lat\n1,2\n").status_code == 400


def test_a_hundred_thousand_rows_come_back_part_by_part_in_their_order(heshan: "Served") -> None:
    dice = random.Random(440784)
    total = 100_000
    lines = [f"{n},{dice.uniform(112.6, 113.1):.6f},{dice.uniform(22.4, 22.9):.6f}" for n in range(total)]
    body = "\n".join(["n,lon,lat", *lines]).encode()
    numbers, parts, errors = [], 0, 0
    with heshan.client().stream("POST", PATH, params={"datum": "wgs84"}, content=body) as answer:
        assert answer.status_code == 200
        assert "content-length" not in answer.headers
        for row in csv.DictReader(answer.iter_lines()):
            numbers.append(int(row["n"]))
            errors += row["error"] != ""
            parts += row["grid"] != ""
    assert numbers == list(range(total))
    assert parts + errors == total
    assert 10_000 < parts < total


def test_more_rows_or_bytes_than_the_house_takes_are_refused(built_demo: Path, tmp_path: Path, serve: "Serve") -> None:
    home = Path(shutil.copytree(built_demo, tmp_path / "home"))
    with serve(home, SANLIAN_BATCH_ROWS="3", SANLIAN_BATCH_BYTES="100") as served:
        assert send(served, "lon,lat\n" + "1,2\n" * 3).status_code == 200
        rows = send(served, "lon,lat\n" + "1,2\n" * 4)
        assert rows.status_code == 413
        assert rows.json()["type"] == "urn:sanlian:error.batch_rows"
        size = send(served, "lon,lat\n" + "1,2\n" * 40)
        assert size.status_code == 413
        assert size.json()["type"] == "urn:sanlian:error.batch_too_large"
