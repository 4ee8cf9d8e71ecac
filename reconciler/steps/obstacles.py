"""Whether a write may be sent now: its ground stands, its record may still be shared, nothing like it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import Connection

from reconciler.core.merge import Cause
from reconciler.core.model import SIDES, Decision, Record, Ref, Side
from reconciler.core.names import key as name_key
from reconciler.core.pair import is_chosen
from reconciler.core.plan import SCREEN, moved
from reconciler.core.schema import KindRule
from reconciler.steps import answers
from reconciler.steps.context import Context
from reconciler.steps.groups import Group
from reconciler.steps.matching import candidates
from reconciler.steps.rereading import is_hot
from reconciler.store import journal, last_seen, links
from reconciler.store.journal import Step
from reconciler.store.last_seen import Seen

Decisions: TypeAlias = Mapping[tuple[int | None, str], Decision | None]
HOT = "it was edited a moment ago"
NOT_SHOWN = {side: f"{SCREEN[side]} did not show it when its opt-in was looked at again" for side in SIDES}
PASSING = (HOT, *NOT_SHOWN.values())  # by these nothing has moved
_SHARING = ("create", "update")  # what carries values from one side to the other


def obstacle(db: Connection, ctx: Context, group: Group, seen: Mapping[Ref, Seen], partner: Ref | None) -> str:
    """Why this group must not be sent now; "" when it may."""
    if group.ref not in seen:
        return "it is no longer there"
    if any(step.do == "stamp" for step in group.steps) and partner is None:
        return "no partner"
    if partner is not None and _is_numbered(db, ctx, seen[group.ref].record, partner):
        return "somebody has given it a number"
    records = {ref: seen[ref].record for ref in group.refs if ref in seen}
    for step in group.steps:
        changed = has_moved(db, ctx, step, records) or _not_shown(ctx, step)
        changed = changed or _no_longer_shared(ctx.rules.kinds[step.kind], step, records)
        if changed:
            return changed
    if group.steps[0].do == "create":
        return _found_meanwhile(db, ctx, group, seen[group.ref])
    hot = group.ref.side is Side.SALESFORCE and _is_hot(ctx, seen[group.ref])
    parted = any(_is_parted(step, seen) for step in group.steps)
    return "it is no longer linked as it was" if parted else HOT if hot else ""


def has_moved(db: Connection, ctx: Context, step: Step, records: Mapping[Ref, Record]) -> str:
    """How the ground of a step has moved, other than by what its own plan has written; "" when it has not."""
    about = {ref: records[ref] for ref in (step.ref, step.source) if ref and ref in records}
    changed = moved(step.ground, about.values())
    if changed and step.source in about:
        before = _before_its_plan(db, ctx, step, about[step.source])
        changed = moved(step.ground, (about | {step.source: before}).values())
    return changed


def in_review(ctx: Context, group: Group, seen: Seen, decisions: Decisions) -> str:
    """Why this group must not be sent: nothing is written onto a field that waits for a person but what they decided.

    What is taken back comes up for review as it is carried out.  Of a value that stood on both sides one may follow
    later than the other, and somebody may have decided about it by then.
    """
    link, rules = seen.link, ctx.rules.kinds
    for step in group.steps:
        if step.notes.get("undoes"):
            key = next((key for key in step.fields if decisions.get((link, key))), "")
        else:
            key = waits(rules[step.kind], step, link, decisions)
        if key:
            return f"{key.replace('_', ' ')} came up for review"
    return ""


def waits(rule: KindRule, step: Step, link: int | None, decisions: Decisions) -> str:
    """The first field of a step that waits for a person, or whose value is not what a person decided; "" for none."""
    decided = _by_a_person(step)
    for key, change in step.fields.items():
        if key in decided or (link, key) in decisions:
            shared, decision = rule.flowing.get(key), decisions.get((link, key))
            if shared is None or decision is None or not is_chosen(shared, decision, step.side, change["to"]):
                return key
    return ""


def _by_a_person(step: Step) -> Collection[str]:
    """The fields of a linked pair whose value a person chose: what a rule decided is shown with its verdict."""
    if step.do != "update":
        return ()
    by_rule = {verdict["field"] for verdict in step.notes.get("verdicts", ())}
    return {key for key, cause in step.notes.get("causes", {}).items() if cause == Cause.DECIDED} - by_rule


def _is_parted(step: Step, seen: Mapping[Ref, Seen]) -> bool:
    """Whether the record belongs to another pair than when this was decided.

    Without a link are steps whose pair is linked by their own plan, and what is taken back of a link that was ended.
    """
    link = seen[step.ref].link
    if step.link is not None or step.notes.get("undoes"):
        return step.link != link
    source = seen.get(step.source) if step.source else None
    return link is None or (source is not None and source.link != link)


def _is_hot(ctx: Context, seen: Seen) -> bool:
    return is_hot(ctx, seen.record.ref, seen.record.edited_at, seen.read_at)


def _before_its_plan(db: Connection, ctx: Context, step: Step, record: Record) -> Record:
    """The other record without what the step's own plan has just written there: a typed value goes to both sides."""
    ours = journal.beside(db, ctx.connection.id, step, record.ref)
    undone = {key: was for key, (was, to) in ours.items() if record.fields.get(key) == to}
    return replace(record, fields={**record.fields, **undone})


def _is_numbered(db: Connection, ctx: Context, record: Record, partner: Ref) -> bool:
    """Whether a contact bears a number that is no account's: somebody has typed it, and it is never written over."""
    if record.ref.side is not Side.XERO or record.partner in {"", partner.id}:
        return False
    return not last_seen.find(db, ctx.connection.id, [Ref(Side.SALESFORCE, record.partner)])


def _not_shown(ctx: Context, step: Step) -> str:
    """What the reading that proves opt-in does not show is not written, whatever was read before.

    Of a linked pair Salesforce's record proves it, and a write onto that one is bound to what was read of it.
    """
    if step.do not in _SHARING or (step.do == "update" and step.side is Side.SALESFORCE):
        return ""
    proves = step.side.other
    about = [ref for ref in (step.ref, step.source) if ref and ref.side is proves]
    if all(ref in ctx.read_again for ref in about):
        return ""
    return NOT_SHOWN[proves]


def _no_longer_shared(rule: KindRule, step: Step, records: Mapping[Ref, Record]) -> str:
    """The criteria are judged once more on the record as it is now; of a linked pair Salesforce's record speaks."""
    if step.do not in _SHARING or (step.do == "update" and rule.opt_in.criteria is None):
        return ""
    about = [records[ref] for ref in (step.ref, step.source) if ref and ref in records]
    judged = [record for record in about if record.ref.side is Side.SALESFORCE] or about
    if step.do == "create" and not all(map(rule.admits, judged)):
        return "it may not be shared any more"
    return "" if all(map(rule.meets_criteria, judged)) else "it no longer meets the criteria for sharing"


def _found_meanwhile(db: Connection, ctx: Context, group: Group, source: Seen) -> str:
    """Look first: nothing is created that is already there, archived ones included, or that nobody wants any more."""
    if source.link is not None:
        return "it has a partner by now"
    step = group.steps[0]
    answered = answers.against(db, ctx, [step])
    if answered:
        return answered[step.id]
    found = candidates(db, ctx, [source]).get(source.record.ref, [])
    if step.notes.get("own_name"):
        name = name_key(step.fields["name"]["to"])
        found = [c for c in found if "id" in c.reasons or name_key(c.record.fields.get("name", "")) == name]
    return f"{found[0].record.ref} may be the same" if found else ""


def partner(db: Connection, group: Group, seen: Mapping[Ref, Seen]) -> Ref | None:
    """The record whose id is to be stamped on this one."""
    stamps = [step for step in group.steps if step.do == "stamp"]
    if not stamps:
        return None
    if stamps[0].source is not None:
        return stamps[0].source
    link = seen[group.ref].link if group.ref in seen else None
    return links.partners(db, [link])[link][group.ref.side.other] if link else None
