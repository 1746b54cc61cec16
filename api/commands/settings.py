"""Settings of the instance: all of them with what they decide, one of them, or a change."""

import json
from typing import Annotated, Any

import typer

from api.commands.console import act_now, here, opened, out, print_json, print_table
from services.instance import DEFAULTS, change_setting, setting


def settings(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="map.public …")] = "",
    value: Annotated[str, typer.Argument(help="true | 30 | 文字 / text | JSON")] = "",
) -> None:
    """List the settings; with KEY and VALUE change one."""
    the = here(context)
    with opened(the) as store:
        if key and value:
            with store.unit() as unit:
                change_setting(unit, act_now(), key, parsed(value))
        with store.reading() as unit:
            rows = {name: setting(unit, name) for name in sorted(DEFAULTS) if key in ("", name)}
    if the.json:
        print_json(rows)
        return
    lines = [
        (
            name,
            json.dumps(now, ensure_ascii=False),
            "*" if is_assumed(name, now) else "",
            getattr(DEFAULTS[name], the.lang),
        )
        for name, now in rows.items()
    ]
    print_table(the.t("setting.title"), the.t("setting.headers").split("|"), lines)
    out.print(the.t("setting.assumed"))


def is_assumed(name: str, now: Any) -> bool:
    """Tell whether a setting still has a default that is only assumed."""
    return DEFAULTS[name].assumed and bool(now == DEFAULTS[name].value)


def parsed(text: str) -> Any:
    """Read a value as JSON, or as the text it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
