"""`flask --app wsgi user ...`: who may sign in, managed from the server's own shell."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from portal import people
from portal.clock import now
from portal.extensions import db
from portal.people import Role
from reconciler.commands import events
from reconciler.errors import Usage
from reconciler.queries import people as known
from reconciler.store import failures
from reconciler.store.schema import upgrade

SHELL = "the server’s shell"


class Shell(AppGroup):
    """Commands whose refusals are told as the caller's to mend."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Usage as error:
            raise click.UsageError(" ".join((error.message, *error.problems, error.remedy)).strip()) from error
        except failures.DATABASE as error:
            raise click.ClickException(str(failures.explained(error))) from error


def _to_the_newest_schema() -> None:
    """A fresh machine's first command may be one of these."""
    upgrade(db.engine)


user = Shell("user", help="People who may sign in to the portal.", callback=with_appcontext(_to_the_newest_schema))


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
def add(name: str, role: str, *, password_stdin: bool, generate: bool) -> None:
    """Let NAME sign in."""
    password = _password(from_stdin=password_stdin, generate=generate)
    people.add(db.session(), name, role, password, now())
    events.record(db.session(), "person.added", by=SHELL, subject=name, details={"role": role}, now=now())
    click.echo(f"{name} may sign in as {role}." + (f" Password: {password}" if generate else ""))


@user.command("passwd")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
def passwd(name: str, *, password_stdin: bool, generate: bool) -> None:
    """Give NAME a new password; their sessions end."""
    password = _password(from_stdin=password_stdin, generate=generate)
    people.change_password(db.session(), name, password)
    events.record(db.session(), "person.password", by=SHELL, subject=name, now=now())
    click.echo(f"{name} has a new password." + (f" Password: {password}" if generate else ""))


@user.command("list")
def show() -> None:
    """Name everyone with their role."""
    for person in known.people(db.session()):
        state = "kept out" if person.disabled_at else "may sign in"
        seen = f"last signed in {person.signed_in_at:%Y-%m-%d %H:%M} UTC" if person.signed_in_at else "never signed in"
        click.echo(f"{person.name}\t{person.role}\t{state}\t{seen}")


def _password(*, from_stdin: bool, generate: bool) -> str:
    if generate:
        return people.generated_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
