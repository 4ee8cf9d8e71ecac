"""The command for differences of pairs to be linked: list them, and choose whose value stands."""

from __future__ import annotations

import argparse

from sqlalchemy.orm import Session

from reconciler.cli import given, output
from reconciler.cli.opening import opened
from reconciler.commands import differences as choosing
from reconciler.commands.differences import Pick
from reconciler.queries import differences
from reconciler.queries.differences import Difference, Filters


@opened
def differ(session: Session, connection_id: int, args: argparse.Namespace) -> int:
    """List differences, or choose for all that the options name."""
    filters = Filters(args.field, args.text, args.show)
    found = list(output.every(lambda after: differences.differences(session, connection_id, filters, after)))
    if args.record:
        ids = {given.ref(each).id for each in args.record}
        found = [each for each in found if ids & {each.salesforce, each.xero}]
    made, take = 0, choosing.TYPED if args.value is not None else args.take
    if take and found:
        picks = [Pick(each.salesforce, each.xero, each.field, each.seen) for each in found]
        who, now = given.who(), given.now()
        value = given.value(args.value)
        made = choosing.choose(session, connection_id, picks, take, by=who, now=now, value=value, reason=args.reason)
    if args.json and take:
        output.show({"chosen": made, "left": len(found) - made})
    elif args.json:
        output.show([differences.as_json(each) for each in found])
    elif take:
        print(f"{made} chosen, {len(found) - made} left. Make the plan anew: first --match.")
    else:
        print("\n".join(map(_line, found)) or "No differences.")
    return 0


def _line(each: Difference) -> str:
    one, other = (" / ".join(value.text.splitlines()) if value else "" for value in each.values.values())
    chosen = each.typed.text if each.typed else each.chosen
    stands = f"{chosen} (chosen)" if each.chosen else f"{each.stands} (rule)" if each.stands else "ask"
    return f"{each.name}  {each.field}: {one!r} in Salesforce, {other!r} in Xero -> {stands}"
