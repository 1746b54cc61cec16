"""The table of browser assets: which file stands in for which outside link, and how it gets into the house."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

PREFIX: Final = "/static/vendor"
OWN: Final = "/static/"


class MissingAssetError(Exception):
    """A file of the table, or the version that the table names, is not among the installed npm packages."""


class UnknownLinkError(Exception):
    """A page asks for a link that the table does not hold; nothing is ever loaded from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of an npm package and the outside links that it answers for."""

    package: str
    version: str
    path: str  # inside the package
    name: str  # inside the served folder of the package
    urls: tuple[str, ...] = ()  # none for a file that only another asset names

    @property
    def folder(self) -> str:
        """The served folder; it carries the version, so that a browser may keep the file for good."""
        return f"{self.package}-{self.version}"

    @property
    def served(self) -> str:
        """The path under which a page loads the file."""
        return f"{PREFIX}/{self.folder}/{self.name}"


def _leaflet(path: str, name: str, *urls: str) -> Asset:
    return Asset(package="leaflet", version="1.9.4", path=path, name=name, urls=urls)


def _font(path: str, name: str) -> Asset:
    return Asset(package="@expo-google-fonts/noto-sans-sc", version="0.4.3", path=path, name=name)


ASSETS: Final = (
    _leaflet("dist/leaflet.js", "leaflet.js", "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"),
    _leaflet("dist/leaflet.css", "leaflet.css", "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"),
    _leaflet("dist/images/layers.png", "images/layers.png"),
    _leaflet("dist/images/layers-2x.png", "images/layers-2x.png"),
    _leaflet("dist/images/marker-icon.png", "images/marker-icon.png"),
    _leaflet("dist/images/marker-icon-2x.png", "images/marker-icon-2x.png"),
    _leaflet("dist/images/marker-shadow.png", "images/marker-shadow.png"),
    _leaflet("LICENSE", "LICENSE"),
    _font("400Regular/NotoSansSC_400Regular.ttf", "NotoSansSC_400Regular.ttf"),  # for paper, not for the browser
    _font("700Bold/NotoSansSC_700Bold.ttf", "NotoSansSC_700Bold.ttf"),
    _font("LICENSE_FONT", "LICENSE_FONT"),
)
SERVED: Final = MappingProxyType({url: asset.served for asset in ASSETS for url in asset.urls})


def local(url: str) -> str:
    """Return the served path of a link; our own paths under /static/ pass, any other raises UnknownLinkError."""
    if url in SERVED:
        return SERVED[url]
    if url.startswith(OWN) and ".." not in url:
        return url
    raise UnknownLinkError(
        f"{url!r} is not in the table of api/assets.py; add the npm package and a row, or drop the link"
    )


def font_folders() -> tuple[Path, ...]:
    """Name the folders of the fonts that came with the assets, for the press."""
    static = Path(__file__).parent / "static"
    return tuple(dict.fromkeys(static / "vendor" / asset.folder for asset in ASSETS if asset.name.endswith(".ttf")))


def installed_version(package: Path) -> str:
    """Read the version of an unpacked npm package; raises MissingAssetError where there is none."""
    manifest = package / "package.json"
    if not manifest.is_file():
        raise MissingAssetError(f"{manifest} is missing; run npm ci first")
    return str(json.loads(manifest.read_text(encoding="utf-8")).get("version", ""))


def vendor(node_modules: Path, static: Path) -> list[Path]:
    """Copy the files of the table from the installed packages into `static`/vendor and list them.

    Everything is looked up before anything is copied: a missing file or another version raises MissingAssetError and
    leaves the served folder as it was. Files of versions that the table no longer names are removed.
    """
    wanted = []
    for asset in ASSETS:
        package = node_modules / asset.package
        found = installed_version(package)
        if found != asset.version:
            raise MissingAssetError(f"{asset.package} is {found}, the table names {asset.version}; run npm ci")
        source = package / asset.path
        if not source.is_file():
            raise MissingAssetError(f"{source} is missing; run npm ci")
        wanted.append((source, static / "vendor" / asset.folder / asset.name))
    shutil.rmtree(static / "vendor", ignore_errors=True)
    for source, target in wanted:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return [target for _, target in wanted]


def main() -> int:
    """Vendor into this package from ./node_modules, as `make` does at set-up; returns the exit code."""
    try:
        vendor(Path("node_modules"), Path(__file__).parent / "static")
    except MissingAssetError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
