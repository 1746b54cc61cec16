"""Layer files: reads a zipped shapefile, a GeoPackage or GeoJSON into a paper, shapes beside cells."""

import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipInfo

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from data.archives import Archive, member_name, opened
from data.dbase import Dbase, declared_encoding
from data.encodings import decode
from data.headers import header_key
from data.paper import Limits, Paper, Place, Report
from data.sheet import Sheet

BYTES = "ISO-8859-1"  # as this, every byte is one character and none is lost
PARTS = (".shp", ".shx", ".dbf")
SHAPEFILE = b"\x00\x00\x27\x0a"
SQLITE = b"SQLite format 3\x00"
GEOPACKAGES = (b"GPKG", b"GP10", b"GP11")
DRIVER_FAULTS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.CRSError,
    UnicodeDecodeError,
    RuntimeError,
    ValueError,
)


def read_shapefile(path: Path, sheet: Sheet, layer: str, limits: Limits, report: Report) -> Paper:
    """Read the one shapefile of a zip, or the one named after the kind; its text is UTF-8 or GBK whatever it says."""
    with opened(path, limits, report) as archive, tempfile.TemporaryDirectory(prefix="sanlian-") as folder:
        parts = _parts(archive, sheet, layer, report)
        contents = {suffix: archive.content(info) for suffix, info in parts.items()}
        for suffix in set(contents) - {".cpg"}:
            Path(folder, f"layer{suffix}").write_bytes(contents[suffix])
        encoding = _dbf_encoding(_checked_table(contents, report), contents.get(".cpg"), report)
        return _through_driver(Path(folder, "layer.shp"), None, encoding, limits, report)


def read_geopackage(path: Path, sheet: Sheet, layer: str, limits: Limits, report: Report) -> Paper:
    """Read the one layer of a GeoPackage, or the one named after the kind."""
    with path.open("rb") as stream:
        head = stream.read(100)
    if not head.startswith(SQLITE) or head[68:72] not in GEOPACKAGES:
        raise report.stop("not_geopackage")
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    if path.stat().st_size < pages * (65_536 if page == 1 else page):
        raise report.stop("cut_short")
    with tempfile.TemporaryDirectory(prefix="sanlian-") as folder:
        plain = Path(folder, "layer.gpkg")  # a copy: nothing is written beside the file, and its name means nothing
        shutil.copyfile(path, plain)
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(plain)]
        except DRIVER_FAULTS as error:
            raise report.stop("cut_short") from error
        if not names:
            raise report.stop("no_rows")
        return _through_driver(plain, _choose(names, sheet, layer, report), None, limits, report)


def read_geojson(path: Path, limits: Limits, report: Report) -> Paper:
    """Read a feature collection; no map driver ever sees the file, so it can name no other file or address."""
    decoded = decode(path.read_bytes())
    if decoded.mixed_at is not None:
        report.fatal("mixed_encoding", place=Place(line=decoded.mixed_at), encoding=decoded.encoding)
    if decoded.broken_at is not None:
        report.fatal("unknown_encoding", place=Place(line=decoded.broken_at))
    try:
        content = json.loads(decoded.text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise report.stop("not_json", place=Place(line=error.lineno)) from error
    except (ValueError, RecursionError) as error:
        raise report.stop("not_json") from error
    features = _features(content, limits, report)
    shapes = _shapes_of([_geometry_text(feature.get("geometry")) for feature in features], report)
    headers = tuple(dict.fromkeys(name for feature in features for name in feature["properties"]))
    columns = tuple([_scalar(feature["properties"].get(name)) for feature in features] for name in headers)
    return Paper(
        headers=headers,
        columns=columns,
        numbers=range(1, len(features) + 1),
        unit="feature",
        geometry=shapes,
        crs=_named_crs(content),
    )


def _parts(archive: Archive, sheet: Sheet, layer: str, report: Report) -> Mapping[str, ZipInfo]:
    """Find the members of the right shapefile."""
    paths = {info: PurePosixPath(member_name(info).replace("\\", "/")) for info in archive.infos}
    ours = {info: path for info, path in paths.items() if "__MACOSX" not in path.parts}
    stems = {str(path.with_suffix("")): path.stem for path in ours.values() if path.suffix.lower() == ".shp"}
    if not stems:
        raise report.stop("no_shapefile", found=[str(path) for path in list(ours.values())[:10]])
    names = list(stems.values())
    chosen = list(stems)[names.index(_choose(names, sheet, layer, report))]
    parts = {path.suffix.lower(): info for info, path in ours.items() if str(path.with_suffix("")) == chosen}
    missing = [suffix for suffix in PARTS if suffix not in parts]
    if missing:
        raise report.stop("missing_part", parts=missing)
    return {suffix: info for suffix, info in parts.items() if suffix in (*PARTS, ".prj", ".cpg")}


def _choose(names: Sequence[str], sheet: Sheet, layer: str, report: Report) -> str:
    """Choose a layer: the only one, or the one named after the kind (and the layer of districts)."""
    if len(names) == 1:
        return names[0]
    kinds = (sheet.kind, sheet.zh)
    wanted = {header_key(f"{kind}{layer}") for kind in kinds} | {header_key(f"{layer}{kind}") for kind in kinds}
    for keys in (wanted, set(map(header_key, kinds))):
        fitting = [name for name in names if header_key(name) in keys]
        if len(fitting) == 1:
            return fitting[0]
    raise report.stop("which_layer", layers=list(names), wanted=sheet.kind)


def _checked_table(contents: Mapping[str, bytes], report: Report) -> Dbase:
    """See that the parts are whole and belong together before any driver opens them; give the outline of the .dbf."""
    for part in (contents[".shp"], contents[".shx"]):
        if not part.startswith(SHAPEFILE) or len(part) < 100 or len(part) < 2 * int.from_bytes(part[24:28], "big"):
            raise report.stop("cut_short")
    table = Dbase.parse(contents[".dbf"])
    if table is None:
        raise report.stop("cut_short")
    records = (len(contents[".shx"]) - 100) // 8
    if table.rows != records:
        raise report.stop("rows_differ", shapes=records, rows=table.rows)
    return table


def _dbf_encoding(table: Dbase, cpg: bytes | None, report: Report) -> str:
    """Decide the encoding by what is written, not by what the .cpg says."""
    said = declared_encoding(cpg) if cpg is not None else None
    found = table.encoding()
    if found.mixed_at is not None:
        report.fatal("mixed_encoding", encoding=found.encoding)
    elif found.broken_at is not None:
        report.fatal("unknown_encoding")
    if found.text.isascii():
        return said or "utf-8"
    if said is not None and said != found.encoding:
        report.warn("encoding_differs", said=said, found=found.encoding)
    return found.encoding


def _through_driver(path: Path, layer: str | None, encoding: str | None, limits: Limits, report: Report) -> Paper:
    """Read a layer in one go through GDAL. With an `encoding` its text is taken as bytes and decoded here, so that a
    character cut in two by the end of its field costs one character and not the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meta, _, shapes, columns = pyogrio.raw.read(
                path, layer=layer, encoding=encoding and BYTES, force_2d=True, max_features=limits.rows + 1
            )
        except DRIVER_FAULTS as error:
            raise report.stop("cut_short") from error
    count = len(shapes) if shapes is not None else len(columns[0]) if len(columns) else 0
    return Paper(
        headers=tuple(_decoded(str(name), encoding) for name in meta["fields"]),
        columns=tuple([_decoded(cell, encoding) for cell in _cells(column)] for column in columns),
        numbers=range(1, count + 1),
        unit="feature",
        geometry=None if shapes is None else _shapes_of(shapes, report),
        crs=meta["crs"],
    )


def _shapes_of(raw: Sequence[bytes | str | None] | NDArray[np.object_], report: Report) -> NDArray[np.object_]:
    """Build shapes from WKB or GeoJSON; one that cannot be built is a flaw of its feature."""
    given = np.empty(len(raw), dtype=object)
    given[:] = list(raw)
    if any(isinstance(one, str) for one in given):
        shapes = shapely.from_geojson(given, on_invalid="ignore")
    else:
        shapes = shapely.from_wkb(given, on_invalid="ignore")
    there = np.array([one is not None for one in given], dtype=bool)
    for row in np.flatnonzero(there & shapely.is_missing(shapes)):
        report.fatal("unreadable_geometry", place=Place(feature=int(row) + 1), field="geometry")
    flat: NDArray[np.object_] = shapely.force_2d(shapes)
    return flat


def _cells(column: NDArray[Any]) -> list[Any]:
    """Give a driver's column as plain cells, None where nothing stands."""
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]
    if column.dtype.kind == "M":
        return [None if value is None else value for value in column.astype("datetime64[ms]").tolist()]
    return [None if isinstance(value, bytes) else value for value in column.tolist()]


def _decoded(cell: Any, encoding: str | None) -> Any:
    """Decode text that came as bytes; the broken character at its end is left off."""
    if encoding is None or not isinstance(cell, str) or cell.isascii():
        return cell
    return cell.encode(BYTES).decode(encoding, errors="replace").removesuffix("\ufffd")


def _features(content: Any, limits: Limits, report: Report) -> list[dict[str, Any]]:
    """Give the features of a collection (or the one feature that is the whole file), each with its properties."""
    if isinstance(content, dict) and content.get("type") == "Feature":
        content = {"type": "FeatureCollection", "features": [content]}
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise report.stop("not_feature_collection")
    features = content.get("features")
    if not isinstance(features, list):
        raise report.stop("not_feature_collection")
    if len(features) > limits.rows:
        raise report.stop("too_many_rows", most=limits.rows)
    whole = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(properties or {}, dict):
            report.fatal("not_a_feature", place=Place(feature=number))
            feature, properties = {}, {}
        whole.append({"geometry": feature.get("geometry"), "properties": properties or {}})
    return whole


def _geometry_text(geometry: Any) -> str | None:
    """Give a geometry back as GeoJSON text for shapely to build."""
    return None if geometry is None else json.dumps(geometry)


def _scalar(value: Any) -> Any:
    """Give a property as a cell; a list or an object stays as its text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _named_crs(content: Any) -> str | None:
    """Give the reference system that an old GeoJSON names; today's name none, and then the declared datum stands."""
    crs = content.get("crs") if isinstance(content, dict) else None
    if not isinstance(crs, dict):
        return None
    properties = crs.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)
