"""Users: who may log in, each with one role and one scope; a first password is made here and shown once."""

import secrets
from typing import Annotated

import typer

from api.commands.console import act_now, done, here, opened, print_json, print_table
from congress.permissions import ROLES
from services.accounts import create_account, list_accounts, person_of

user_app = typer.Typer(help="账号:新增、列出 / log-ins", no_args_is_help=True)


@user_app.command("add")
def user_add(
    context: typer.Context,
    user: str,
    role: Annotated[str, typer.Option(help=" ".join(ROLES))],
    scope: Annotated[str, typer.Option(help="镇街、联络站或网格代码 / code of the town, station or grid")] = "",
    person: Annotated[str, typer.Option(help="代表编号 / the deputy's code, for the role deputy")] = "",
) -> None:
    """Open a log-in with one role; its password is made at random and shown this once."""
    the = here(context)
    password = secrets.token_urlsafe(12)
    with opened(the) as store, store.unit() as unit:
        create_account(
            unit, act_now(), user=user, role=role, password=password, scope=scope,
            person=person_of(unit, person) if person else None,
        )  # fmt: skip
    done(the, "user.added", user=user, role=the.t(f"role.{role}"), password=password)


@user_app.command("list")
def user_list(context: typer.Context) -> None:
    """List the log-ins with role and scope, never a password."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        rows = list_accounts(unit)
    if the.json:
        print_json(rows)
        return
    names = ("user", "role", "scope")
    print_table(
        the.t("user.list"), ("用户/user", "身份/role", "范围/scope"), [[row[name] for name in names] for row in rows]
    )
