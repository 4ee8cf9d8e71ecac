"""Commands that decide and carry out, now or in the background, against the vendors or the simulators."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from reconciler import bootstrap, reports, running, scheduler
from reconciler.cli import given, output
from reconciler.cli.ending import listening
from reconciler.cli.opening import opened
from reconciler.commands import pauses
from reconciler.core.model import Side
from reconciler.errors import Usage
from reconciler.mail import Postman, post
from reconciler.settings import Settings


def plan(settings: Settings, args: argparse.Namespace) -> int:
    """Decide, and keep the decisions as a plan."""
    works = bootstrap.make_works(settings)
    document = running.make_plan(works, given.connection(works.engine, args.connection), full=args.full)
    if args.out:
        output.write(args.out, json.dumps(document, ensure_ascii=False))
    if args.json:
        output.show(document)
    else:
        print(_plan_text(document))
    return reports.EXIT["halted"] if document["halted"] else 0


def _plan_text(document: Mapping[str, Any]) -> str:
    lines = [f"Plan {document['digest'][:12]}: {len(document['actions'])} changes"]
    lines += [
        f"  {action['do']} {action['side']} {action['ref']}: {', '.join(action['fields']) or '-'}  {action['why']}"
        for action in document["actions"]
    ]
    if document["first"]:
        lines.append(f"  the next run carries out plan {document['first'][:12]} first: it was approved before")
    lines += [f"  over the limit: {b['limit']} {b['found']:g}, allowed {b['allowed']:g}" for b in document["halted"]]
    return "\n".join(lines)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Decide and carry out, or carry out a plan that was made before."""
    asked = running.Asked(
        by=given.who(),
        full=args.full,
        plan=given.digest(args.plan) if args.plan else "",
        skip_moved=args.skip_moved,
        replan=args.replan,
        reason=args.reason,
        wait=args.wait,
    )
    with listening() as told:
        works = bootstrap.make_works(settings, told=told)
        report = running.run(works, given.connection(works.engine, args.connection), asked)
    if report.get("message"):
        output.say(report["message"])
    if args.json:
        output.show(report)
    else:
        print(_run_text(report))
    return reports.EXIT[report["status"]]


def verify(settings: Settings, args: argparse.Namespace) -> int:
    """Compare everything and write nothing."""
    works = bootstrap.make_works(settings)
    asked = running.Asked(by=given.who(), verify=True, wait=args.wait)
    report = running.run(works, given.connection(works.engine, args.connection), asked)
    if report.get("message"):
        output.say(report["message"])
    if args.json:
        output.show(report)
    elif "differences" in report:
        for one in report["differences"]:
            print(f"  {one['salesforce'] or '-'} {one['xero'] or '-'} {one['field']}: {one['because']}")
        print(f"Compared {report['compared']} links: {report['found']} differences that were not known.")
    return reports.EXIT[report["status"]]


def _run_text(report: Mapping[str, Any]) -> str:
    written = [
        f"{number} {do} in {Side(side).value.capitalize()}"
        for do, sides in report["actions"].items()
        for side, number in sides.items()
        if number
    ]
    still = ", ".join(f"{number} {what}" for what, number in report["open"].items() if number) or "nothing"
    return f"Sync {report['run_id']}: {report['status']}. {', '.join(written) or 'No changes'}. Open: {still}."


@opened
def pause(session: Session, connection_id: int, args: argparse.Namespace) -> int:
    """Let everything, or the writes to one side, wait; or go on."""
    side = Side(args.side) if args.side else None
    now = given.now()
    if args.command == "pause":
        pauses.pause(session, connection_id, by=given.who(), now=now, side=side, until=args.until)
    else:
        pauses.resume(session, connection_id, by=given.who(), now=now, side=side)
    print(f"{'Writes to ' + side.value if side else 'Everything'}: {args.command}d.")
    return 0


def schedule(settings: Settings, args: argparse.Namespace) -> int:
    """Run every connection when it is due, or queue it for workers, until a signal ends it."""
    find = scheduler.defer if args.queue else scheduler.due
    return _keep_dispatching(settings, find, "scheduler")


def worker(settings: Settings, _args: argparse.Namespace) -> int:
    """Run what is queued, until a signal ends it."""
    return _keep_dispatching(settings, scheduler.queued, "worker")


def _keep_dispatching(settings: Settings, find: scheduler.Finder, name: str) -> int:
    from apscheduler.schedulers.background import BackgroundScheduler

    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    ticking = BackgroundScheduler(timezone="UTC")
    with listening() as told:
        works = bootstrap.make_works(settings, told=told)
        dispatcher = scheduler.Dispatcher(works, ticking, find, name)
        dispatcher.start()
        if name == "scheduler":
            dispatcher.deliver(Postman(post(settings), works.engine, works.clock).look)
        ticking.start()
        output.say(f"The {name} is running; stop it with Ctrl-C.")
        told.wait()
        output.say(f"The {name} ends as soon as what is in hand is settled.")
        ticking.shutdown(wait=True)
    return 0


def simulate(_settings: Settings, args: argparse.Namespace) -> int:
    """Serve both simulators, until a signal ends them."""
    from reconciler.simulators.kit import Refused
    from reconciler.simulators.simulate import serve

    try:
        serve(
            salesforce_port=args.salesforce_port,
            xero_port=args.xero_port,
            scenario=args.scenario,
            records=args.records,
            seed=args.seed,
            state=Path(args.state) if args.state else None,
        )
    except (OSError, ValueError, Refused) as error:
        raise Usage(str(error)) from error
    return 0
