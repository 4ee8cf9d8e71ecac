"""`python -m reconciler <command>`: results on standard output, everything else on standard error."""

from __future__ import annotations

import logging
import sys

from reconciler import bootstrap, logs
from reconciler.cli import choosing, connecting, differences, history, rules, running, taking, waiting
from reconciler.cli.opening import Command
from reconciler.cli.output import said, say, unread
from reconciler.cli.words import parser
from reconciler.errors import Denied, Halt, ReconcilerError, Stale, Usage
from reconciler.settings import load
from reconciler.store import failures

log = logging.getLogger("reconciler")

USAGE, HALTED, UNAVAILABLE, REFUSED = 2, 3, 4, 5


def main(argv: list[str] | None = None) -> int:
    """Carry out one command; returns its exit code."""
    args = parser().parse_args(argv)
    try:
        settings = load()
        logs.configure(settings.log_level, settings.values["LOG_FORMAT"])
        return said(COMMANDS[args.command](settings, args))
    except ReconcilerError as error:
        return _refused(error)
    except failures.DATABASE as error:
        say(str(failures.explained(error)))
    except BrokenPipeError:
        return unread()
    except Exception:
        log.exception("command.failed")
        say("Something went wrong on our side; the line above says where.")
    finally:
        bootstrap.close_databases()
    return UNAVAILABLE


def _refused(error: ReconcilerError) -> int:
    say(str(error))
    for problem in error.problems if isinstance(error, Usage) else ():
        say(f"  - {problem}")
    codes = ((Usage, USAGE), (Denied, USAGE), (Halt, HALTED), (Stale, REFUSED))
    return next((code for kind, code in codes if isinstance(error, kind)), UNAVAILABLE)


COMMANDS: dict[str, Command] = {
    "connect": connecting.connect,
    "organisations": choosing.organisations,
    "activate": connecting.activate,
    "reconnect": connecting.reconnect,
    "disconnect": connecting.disconnect,
    "doctor": connecting.examine,
    "first": connecting.first_sync,
    "differences": differences.differ,
    "metadata": connecting.package,
    "plan": running.plan,
    "run": running.run,
    "verify": running.verify,
    "pause": running.pause,
    "resume": running.pause,
    "schedule": running.schedule,
    "worker": running.worker,
    "simulate": running.simulate,
    "conflicts": waiting.list_conflicts,
    "questions": waiting.list_questions,
    "rejections": waiting.list_rejections,
    "resolve": waiting.resolve,
    "answer": waiting.answer,
    "retry": waiting.retry,
    "assign": taking.assign,
    "snooze": taking.snooze,
    "comment": taking.comment,
    "mail": taking.mail,
    "rules": rules.exchange,
    "undo": history.undo,
    "unlink": history.unlink,
    "relink": history.relink,
    "why": history.why_is,
    "history": history.told,
    "proof": history.prove,
    "duplicates": waiting.list_duplicates,
}


if __name__ == "__main__":
    logs.catch_the_rest()
    sys.exit(main())
