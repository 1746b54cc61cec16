"""What the asset table promises: nothing from outside, nothing missing, the version that the table names."""

import json
from pathlib import Path

import folium
import pytest

from api.assets import ASSETS, MissingAssetError, UnknownLinkError, local, vendor


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """Lay out the npm packages of the table with one line in every file."""
    root = tmp_path / "node_modules"
    for asset in ASSETS:
        path = root / asset.package / asset.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(asset.path, encoding="utf-8")
        (root / asset.package / "package.json").write_text(json.dumps({"version": asset.version}), encoding="utf-8")
    (root / "leaflet" / "dist" / "leaflet-src.js").write_text("not needed", encoding="utf-8")
    return root


def test_exactly_the_files_of_the_table_are_copied(node_modules: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"
    copied = vendor(node_modules, static)
    found = sorted(path for path in (static / "vendor").rglob("*") if path.is_file())
    assert found == sorted(copied)
    assert sorted("/static/" + path.relative_to(static).as_posix() for path in found) == sorted(
        a.served for a in ASSETS
    )


def test_a_missing_file_fails_and_leaves_the_served_folder_alone(node_modules: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"
    before = vendor(node_modules, static)
    (node_modules / "leaflet" / "dist" / "leaflet.css").unlink()
    with pytest.raises(MissingAssetError, match=r"leaflet\.css is missing"):
        vendor(node_modules, static)
    assert all(path.is_file() for path in before)


def test_another_version_than_the_table_names_fails(node_modules: Path, tmp_path: Path) -> None:
    (node_modules / "leaflet" / "package.json").write_text('{"version": "2.0.0"}', encoding="utf-8")
    with pytest.raises(MissingAssetError, match=r"leaflet is 2\.0\.0, the table names 1\.9\.4"):
        vendor(node_modules, tmp_path / "static")


def test_packages_that_were_never_installed_fail(tmp_path: Path) -> None:
    with pytest.raises(MissingAssetError, match="run npm ci first"):
        vendor(tmp_path / "node_modules", tmp_path / "static")


def test_files_of_an_earlier_version_do_not_stay_behind(node_modules: Path, tmp_path: Path) -> None:
    old = tmp_path / "static" / "vendor" / "leaflet-1.0.0" / "leaflet.js"
    old.parent.mkdir(parents=True)
    old.write_text("old", encoding="utf-8")
    vendor(node_modules, tmp_path / "static")
    assert not old.exists()


def test_folium_s_own_leaflet_is_in_the_table() -> None:
    links = dict([*folium.folium._default_js, *folium.folium._default_css])
    assert local(links["leaflet"]).endswith("leaflet.js")
    assert local(links["leaflet_css"]).endswith("leaflet.css")


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.jsdelivr.net/npm/leaflet@9.9.9/dist/leaflet.js",
        "//cdn.example/leaflet.js",
        "javascript:alert(1)",
        "data:text/javascript,alert(1)",
        "/static/../secret",
        "leaflet.js",
        "",
    ],
)
def test_an_unknown_link_is_refused(link: str) -> None:
    with pytest.raises(UnknownLinkError):
        local(link)


def test_our_own_files_pass_as_they_are() -> None:
    assert local("/static/map.css") == "/static/map.css"


def test_the_lock_file_names_the_versions_of_the_table_and_no_address() -> None:
    root = Path(__file__).parents[2]
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    locked = {name.removeprefix("node_modules/"): entry for name, entry in lock["packages"].items() if name}
    assert {name: entry["version"] for name, entry in locked.items()} == {a.package: a.version for a in ASSETS}
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in locked.values())
