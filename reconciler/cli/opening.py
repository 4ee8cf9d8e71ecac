"""A command that works on one connection is handed a session and the connection's number."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from sqlalchemy.orm import Session

from reconciler import bootstrap
from reconciler.cli import given
from reconciler.settings import Settings

Command = Callable[[Settings, argparse.Namespace], int]


def opened(do: Callable[[Session, int, argparse.Namespace], int]) -> Command:
    """The command that opens the database, finds the connection named by its arguments, and does this with both."""

    def command(settings: Settings, args: argparse.Namespace) -> int:
        engine = bootstrap.open_database(settings)
        with Session(engine) as session:
            return do(session, given.connection(engine, args.connection), args)

    return command
