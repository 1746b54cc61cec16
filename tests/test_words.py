"""Every word a page, a command or an error needs stands in both languages."""

import ast
import re
from pathlib import Path

from data.messages import words

ROOT = Path(__file__).parent.parent
CALLS = {"say", "t", "words"}
ERRORS = {"ActError", "NotFoundError", "RefusedError", "UnknownActorError", "ConflictError", "BadRequestError"}
KEY = re.compile(r"^[a-z_]+(\.[a-z0-9_]+)+$")


def keys_in_python() -> set[str]:
    found = set()
    for path in [*(ROOT / "api").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in CALLS | ERRORS | {"problem"}:
                    given = [*node.args, *(word.value for word in node.keywords if word.arg == "key")]
                    texts = [arg.value for arg in given if isinstance(arg, ast.Constant)]
                    found |= {text for text in texts if isinstance(text, str)}
            if isinstance(node, ast.Dict):
                found |= {
                    value.value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                    and key.value in ("key", "why")
                    and isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                }
    return {key for key in found if KEY.match(key)}


def keys_in_templates() -> set[str]:
    found = set()
    for path in (ROOT / "api" / "templates").glob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        found |= set(re.findall(r"\bt\(\s*[\"']([a-z_.0-9]+)[\"']\s*[,)]", text))
    return found


def test_every_key_in_the_code_has_chinese_words() -> None:
    assert not sorted(keys_in_python() - words("zh").keys())


def test_every_key_in_the_templates_has_chinese_words() -> None:
    assert not sorted(keys_in_templates() - words("zh").keys())


def test_english_is_complete() -> None:
    assert sorted(words("en")) == sorted(words("zh"))


def test_both_languages_ask_for_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        return {re.sub(r"_(zh|en)$", "", name) for name in re.findall(r"\{(\w+)", text)}

    wrong = [key for key, text in words("zh").items() if facts(text) != facts(words("en").get(key, text))]
    assert not wrong
