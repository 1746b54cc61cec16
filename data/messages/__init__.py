"""The words that people read: Chinese is the source, English is complete, each under one key."""

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

LANGUAGES = ("zh", "en")


class MessageError(ValueError):
    """A message file that cannot be taken: a key given twice, or something that is not text."""


class _OnceLoader(yaml.SafeLoader):
    """A YAML loader that refuses a key given twice in one file."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, naming the line of a repeated key."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise MessageError(f"{self.name}: line {key_node.start_mark.line + 1}: {key} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def say(key: str, lang: str, **facts: Any) -> str:
    """Say a message in `zh` or `en` with its facts filled in. Raises KeyError for an unknown key, language or fact."""
    return words(lang)[key].format(**facts)


@cache
def words(lang: str) -> MappingProxyType[str, str]:
    """Give every message of a language; the files are read once."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    return MappingProxyType(gather(Path(__file__).parent / lang))


def gather(folder: Path) -> dict[str, str]:
    """Read all message files of a folder. Raises MessageError when two of them use one key."""
    found: dict[str, str] = {}
    home: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        for key, message in _read(path).items():
            if key in found:
                raise MessageError(f"{path.name}: {key} is already in {home[key]}")
            found[key] = message
            home[key] = path.name
    return found


def _read(path: Path) -> dict[str, str]:
    """Read one flat file of messages."""
    with path.open(encoding="utf-8") as stream:
        content = yaml.load(stream, Loader=_OnceLoader) or {}
    if not isinstance(content, dict):
        raise MessageError(f"{path.name}: expected one flat list of keys")
    for key, message in content.items():
        if not isinstance(key, str) or not isinstance(message, str):
            raise MessageError(f"{path.name}: {key}: expected text")
    return content
