"""Every command with its options and what they are for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from reconciler import __version__


def parser() -> argparse.ArgumentParser:
    """All commands."""
    top = argparse.ArgumentParser(prog="python -m reconciler", description="Keeps Salesforce and Xero in agreement.")
    top.add_argument("--version", action="version", version=f"Concord {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _simulate(commands)
    _connect(commands)
    _runs(commands)
    _people(commands)
    _rules(commands)
    _looking_back(commands)
    _upkeep(commands)
    return top


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives this type no public name


def _simulate(commands: Commands[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("simulate", help="run both simulators in the foreground")
    one.add_argument("--salesforce-port", type=_PORT, default=0)
    one.add_argument("--xero-port", type=_PORT, default=0)
    one.add_argument("--scenario", default="demo")
    one.add_argument("--records", type=_COUNT, default=300)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--state", default="", help="folder to keep and reload the state in")


def _connect(commands: Commands[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("connect", help="join a Salesforce and a Xero organisation")
    one.add_argument("--name", required=True)
    one.add_argument("--salesforce-url", required=True)
    one.add_argument("--xero-url", required=True)
    one.add_argument("--rules", default="", help="YAML file with rules, or any part of them")
    one.add_argument("--activate", action="store_true", help="let runs write at once")
    one.add_argument("--confirm", default="", metavar="NAME", help="join a test system to a live one, by its name")
    one = commands.add_parser("organisations", help="which of several Xero organisations a sign-in is meant for")
    one.add_argument("--name", required=True, metavar="N", help="the connection that is being set up")
    one.add_argument("--choose", default="", metavar="ID", help="the one that is meant; without it they are listed")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    one = _on_connection(commands, "reconnect", "sign one side in again by the app's own credentials")
    one.add_argument("--side", required=True, choices=["salesforce", "xero"])
    one = _on_connection(commands, "activate", "let runs write")
    one = _on_connection(commands, "disconnect", "part from both systems, leaving them as they are")
    one.add_argument("--export", default="", metavar="FILE", help="keep links and history in a file")


def _runs(commands: Commands[argparse.ArgumentParser]) -> None:
    one = _on_connection(commands, "plan", "decide, and write nothing but the plan", json=True)
    one.add_argument("--full", action="store_true", help="read everything, not only what changed")
    one.add_argument("--out", default="", metavar="FILE", help="write the plan's JSON to a file as well")
    one = _on_connection(commands, "run", "decide and carry out", json=True)
    one.add_argument("--full", action="store_true", help="read everything, not only what changed")
    one.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="wait for a run that is under way")
    verify = _on_connection(commands, "verify", "compare everything and write nothing", json=True)
    verify.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="wait for a run that is under way")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--plan", default="", metavar="FILE|DIGEST", help="carry out exactly this plan")
    which.add_argument("--replan", action="store_true", help="drop a held plan and decide anew")
    one.add_argument("--skip-moved", action="store_true", help="leave records that have changed to the next plan")
    one.add_argument("--reason", default="", help="why a held plan is released")


def _people(commands: Commands[argparse.ArgumentParser]) -> None:
    for name, words in (("conflicts", "open|decided|closed|all"), ("questions", "open|answered|closed|all")):
        one = _on_connection(commands, name, f"list {name}", json=True)
        one.add_argument("--status", default="open", choices=words.split("|"))
        _whose(one)
    one = _on_connection(commands, "rejections", "list what a vendor refused", json=True)
    one.add_argument("--status", default="open", choices=["open", "retrying", "closed", "all"])
    _whose(one)
    one = _on_number(commands, "resolve", "decide a conflict, or overturn what was decided")
    chosen = one.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--take", choices=["salesforce", "xero"])
    chosen.add_argument("--value", help="a value of your own; a group as JSON")
    one = _on_number(commands, "answer", "answer a question")
    one.add_argument("--choice", required=True)
    one = _on_number(commands, "retry", "try a rejection again, as it is or with another value")
    one.add_argument("--value", help="a value of your own, for both sides; a group as JSON")
    one.add_argument("--field", default="", help="the field it is for, where a record was refused as a whole")
    _in_hand(commands)


def _in_hand(commands: Commands[argparse.ArgumentParser]) -> None:
    one = _on_thing(commands, "assign", "give something that waits to a person")
    whom = one.add_mutually_exclusive_group(required=True)
    whom.add_argument("--to", metavar="NAME", default="")
    whom.add_argument("--nobody", action="store_true")
    one = _on_thing(commands, "snooze", "put something that waits out of sight")
    until = one.add_mutually_exclusive_group(required=True)
    until.add_argument("--until", type=_moment, default=None, metavar="DATE", help="ISO date or time, UTC")
    until.add_argument("--wake", action="store_true", help="bring it back at once")
    one = _on_thing(commands, "comment", "write something beside what waits")
    one.add_argument("text")
    one = commands.add_parser("mail", help="how mail is set, and what became of it")
    one.add_argument("--test", action="store_true", help="send a letter that says only that mail arrives")
    one.add_argument("--look", action="store_true", help="tell now what there is to tell, without a scheduler")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")


def _whose(one: argparse.ArgumentParser) -> None:
    whose = one.add_mutually_exclusive_group()
    whose.add_argument("--assigned", default="", metavar="NAME", help="only what this person has in hand")
    whose.add_argument("--unassigned", action="store_true", help="only what nobody has in hand")
    whose.add_argument("--snoozed", action="store_true", help="only what is put off")


def _on_thing(commands: Commands[argparse.ArgumentParser], name: str, help_: str) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=help_)
    one.add_argument("what", choices=["conflict", "question", "rejection"])
    one.add_argument("id", type=_ID)
    return one


def _rules(commands: Commands[argparse.ArgumentParser]) -> None:
    one = _on_connection(commands, "rules", "export, compare or apply the rules", json=True)
    one.add_argument("do", choices=["export", "plan", "apply"])
    one.add_argument("file", help="YAML file; - for standard input or output")


def _looking_back(commands: Commands[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("undo", help="take back what a sync wrote, where nobody has touched it since")
    one.add_argument("run", type=_ID, metavar="RUN_ID")
    one.add_argument("--record", default="", metavar="REF", help="only this record: salesforce:<Id> or xero:<id>")
    one.add_argument("--field", default="", help="only this field of it")
    one.add_argument("--plan-only", action="store_true", help="say what it would do, and keep it as a plan")
    one.add_argument("--reason", default="")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    one = _on_ref(commands, "why", "why a field is what it is")
    one.add_argument("--field", required=True)
    one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    one = _on_ref(commands, "unlink", "part a record from its partner, leaving both as they are")
    one.add_argument("--reason", default="")
    one = _on_ref(commands, "history", "what both systems themselves tell of a record and its partner")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    _on_ref(commands, "relink", "link a record again with the partner it was parted from")
    _on_connection(commands, "proof", "every record ever written, with the proof of its opt-in", json=True)
    one = _on_connection(commands, "duplicates", "records that one side is likely to hold twice", json=True)
    one.add_argument("--side", choices=["salesforce", "xero"])


def _on_ref(commands: Commands[argparse.ArgumentParser], name: str, help_: str) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=help_)
    one.add_argument("ref", metavar="REF", help="salesforce:<Id> or xero:<id>")
    one.add_argument("--connection", default="", metavar="N", help="where several connections know the record")
    return one


def _upkeep(commands: Commands[argparse.ArgumentParser]) -> None:
    one = _on_connection(commands, "pause", "let everything, or writes to one side, wait")
    one.add_argument("--side", choices=["salesforce", "xero"])
    one.add_argument("--until", type=_moment, default=None, metavar="DATE", help="ISO date or time, UTC")
    one = _on_connection(commands, "resume", "go on after a pause")
    one.add_argument("--side", choices=["salesforce", "xero"])
    one = _on_connection(commands, "first", "the first sync: how far it has come, and its steps", json=True)
    step = one.add_mutually_exclusive_group()
    step.add_argument("--match", action="store_true", help="read both sides, ask about doubtful pairs, make the plan")
    step.add_argument("--differences", choices=["ask", "salesforce", "xero", "filled"], help="whose value stands")
    step.add_argument("--approve", metavar="DIGEST", help="let Concord write, and carry out exactly this plan")
    one.add_argument("--field", default="", help="with --differences: of this field only")
    one.add_argument("--reason", default="", help="why the plan is approved")
    one = _on_connection(commands, "differences", "where pairs to be linked differ, and whose value stands", json=True)
    one.add_argument("--field", default="", help="only this field")
    one.add_argument("--text", default="", help="only records with this in their name")
    one.add_argument("--show", default="all", choices=["all", "open", "chosen"])
    one.add_argument("--record", action="append", default=[], metavar="REF", help="only this record; may be repeated")
    stand = one.add_mutually_exclusive_group()
    stand.add_argument(
        "--take", choices=["salesforce", "xero", "newest", "clear"], help="choose, for all that are listed"
    )
    stand.add_argument("--value", help="a value of your own, for the one that is listed; a group as JSON")
    one.add_argument("--reason", default="", help="why it was chosen so")
    _on_connection(commands, "doctor", "look both sides over, writing nothing", json=True)
    one = commands.add_parser("metadata", help="write the package of fields and rights for Salesforce")
    one.add_argument("--connection", default="", metavar="N", help="whose rules to go by; those Concord comes with")
    one.add_argument("--out", required=True, metavar="FILE.zip")
    one = commands.add_parser("schedule", help="run the scheduler in the foreground")
    one.add_argument("--queue", action="store_true", help="queue what is due, for workers to run")
    commands.add_parser("worker", help="run what is queued, in the foreground; start as many as you like")


def _on_connection(
    commands: Commands[argparse.ArgumentParser], name: str, help_: str, *, json: bool = False
) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=help_)
    one.add_argument("--connection", required=True, metavar="N", help="name or number of the connection")
    if json:
        one.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    return one


def _on_number(commands: Commands[argparse.ArgumentParser], name: str, help_: str) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=help_)
    one.add_argument("id", type=_ID)
    one.add_argument("--reason", default="")
    return one


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO date or time, such as 2030-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(below: int, what: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) < below):
            raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
        return int(text)

    return read


_ID = _number(2**63, "number that Concord gave out")
_PORT = _number(2**16, "port: 1 to 65535, or 0 for a free one")
_COUNT = _number(10**8, "number of records")
