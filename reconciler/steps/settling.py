"""Settle: commit one batch's outcomes, each link with its baseline, in one transaction that only the lease's holder
can make.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from reconciler.core.merge import Cause
from reconciler.core.model import SIDES, Record, Ref, Side, Value
from reconciler.core.schema import KindRule
from reconciler.core.values import equal, same
from reconciler.errors import Refusal
from reconciler.ports import Answer, Page, Refused, Written
from reconciler.rules import understood
from reconciler.steps import concluding, undoing
from reconciler.steps.context import Context
from reconciler.steps.groups import Group
from reconciler.store import alike, connections, folding, journal, last_seen, links, open_items, rejections, waiting
from reconciler.store.codec import fields_in
from reconciler.store.journal import Step, ending
from reconciler.store.rejections import Refusing

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=5)


@dataclass(slots=True)
class _Settling:
    """What one transaction collects before it writes.

    `agreeing` names, per kind, the fields about which all rules concerned say the same; None when they are one version.
    """

    agreeing: Mapping[str, Collection[str]] | None = None
    ends: list[dict[str, Any]] = field(default_factory=list)
    moves: dict[int, dict[Side, dict[str, Value]]] = field(default_factory=dict)
    touched: list[int] = field(default_factory=list)
    resting: list[int] = field(default_factory=list)
    verdicts: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    undone: list[tuple[int, Step]] = field(default_factory=list)


def settle(ctx: Context, groups: Sequence[Group], answer: Answer, by_rules: int | None = None) -> None:
    """Settle each step of a batch by its own outcome.

    `by_rules` is the version by which it was decided, if it was not this run that did.  By rules that were saved since
    a field may lie elsewhere: only what lies where it did counts as agreed on then, and no link rests.
    """
    with ctx.writing() as db:
        made = _link_creates(db, ctx, groups, answer)
        shown = _fold_answers(db, ctx, groups, answer)
        others = [group.ref for group in groups if group.ref not in shown]
        found = links.of_records(db, ctx.connection.id, others) | shown | made
        work = _Settling(_agreeing(db, ctx, by_rules))
        for group, outcome in zip(groups, answer.outcomes, strict=True):
            link = found.get(group.ref) or group.steps[0].link
            if isinstance(outcome, Written):
                for step in group.steps:
                    _written(db, ctx, work, step, outcome, link)
            elif isinstance(outcome, Refused):
                _refused(db, ctx, work, group, outcome.refusal, link)
            else:
                work.ends += _moved(db, ctx, group, link)
                ctx.tally.moved.append(f"{group.ref}: it was edited while we were writing")
                last_seen.look_again(db, ctx.connection.id, [group.ref])
                ctx.look_closely([link] if link else [])
        resting = _may_rest(db, work) if work.agreeing is None else ()
        links.move_baselines(db, work.moves, ctx.clock.now(), resting)
        journal.end(db, work.ends, ctx.clock.now(), ctx.run_id)
        _show_verdicts(db, ctx, work)
        undoing.hold(db, ctx, work.undone)
        concluding.conclude(db, ctx, work.touched)
        _retry_later(db, ctx, groups, answer, found)


def _agreeing(db: Connection, ctx: Context, by_rules: int | None) -> Mapping[str, Collection[str]] | None:
    """What agrees by the rules of a decision, those by which its outcome was read, and the newest."""
    mine, newest = ctx.connection.rules_version, connections.rules_version(db, ctx.connection.id)
    others = {by_rules or mine, mine} - {newest}
    if not others:
        return None
    now, *before = (understood(connections.document(db, ctx.connection.id, each)) for each in (newest, *others))
    return {
        kind: frozenset.intersection(*(rule.agreeing_with(each.kinds[kind]) for each in before))
        for kind, rule in now.kinds.items()
    }


def _may_rest(db: Connection, work: _Settling) -> Sequence[int]:
    """Links that nothing waits for; what people have said since they were decided about is looked at first."""
    said = open_items.in_conflict(db, work.resting)
    work.touched += sorted(said)
    return [link for link in work.resting if link not in said]


def _link_creates(db: Connection, ctx: Context, groups: Sequence[Group], answer: Answer) -> dict[Ref, int]:
    """Each record made gets its link, unless an earlier settling already gave it one."""
    new: list[tuple[Group, Record]] = []
    for group, outcome in zip(groups, answer.outcomes, strict=True):
        if group.steps[0].do == "create" and isinstance(outcome, Written):
            new.append((group, outcome.record))
    if not new:
        return {}
    kind = new[0][0].steps[0].kind
    for _, record in new:  # the record must be there before the link can name it
        folding.fold(db, ctx.connection.id, ctx.rules.kinds[kind], Page([record], answer.read_at), None)
    found = links.of_records(db, ctx.connection.id, [group.ref for group, _ in new])
    fresh = [(group, record) for group, record in new if group.ref not in found]
    for own_name in (False, True):
        chosen = [(g, r) for g, r in fresh if bool(g.steps[0].notes.get("own_name")) is own_name]
        pairs = [{group.ref.side: group.ref, record.ref.side: record.ref} for group, record in chosen]
        if pairs:
            ids = links.make(db, ctx.connection.id, kind, pairs, ctx.clock.now(), own_name=own_name)
            found |= {group.ref: link for (group, _), link in zip(chosen, ids, strict=True)}
    refs = [group.ref for group, _ in new]
    concluding.over(db, ctx, refs, "Its partner has been made.")
    return found


def _fold_answers(db: Connection, ctx: Context, groups: Sequence[Group], answer: Answer) -> dict[Ref, int]:
    """What the side shows after the write is a reading like any other, but for the fields that are ours.

    Returns the links of the records that were shown.
    """
    records: list[Record] = []
    ours: dict[str, set[str]] = {}
    for group, outcome in zip(groups, answer.outcomes, strict=True):
        if isinstance(outcome, Written):
            records.append(outcome.record)
            if outcome.ours:
                keys = {key for step in group.steps for key in step.fields}
                ours[outcome.record.ref.id] = keys or {"partner"}
    if not records:
        return {}
    rule = ctx.rules.kinds[records[0].kind]
    before = ctx.read_at.get(records[0].ref.side)
    found = folding.fold(db, ctx.connection.id, rule, Page(records, answer.read_at), before, written=ours)
    ctx.look_closely(found.links)
    return found.link_of


def _written(db: Connection, ctx: Context, work: _Settling, step: Step, outcome: Written, link: int | None) -> None:
    """The baseline of each written field: here what the side shows, there what was seen when this was decided."""
    result: dict[str, Any] = {"version": outcome.record.version, "adopted": outcome.adopted}
    if log.isEnabledFor(logging.DEBUG):
        log.debug("action.done", extra={"do": step.do, "side": step.side.value, "ref": str(outcome.record.ref)})
    if link is not None:
        if step.do in {"create", "update"}:
            result["reshaped"] = _baselines(db, ctx, work, step, outcome, link)
        if step.do != "update" or not outcome.ours or outcome.adopted or result["reshaped"]:
            ctx.look_closely([link])
        _conclude_or_rest(ctx, work, link)
        if step.notes.get("undoes"):
            work.undone.append((link, step))
        if step.notes.get("verdicts"):
            work.verdicts += [(link, verdict) for verdict in step.notes["verdicts"]]
    work.ends.append(ending(step, "settled", link, result))


def _conclude_or_rest(ctx: Context, work: _Settling, link: int) -> None:
    """A link is looked at once more, unless all that was to be done about it was written and it showed just that."""
    left = ctx.only_writes.get(link)
    if left is None:
        work.touched.append(link)
    elif left == 1:
        del ctx.only_writes[link]
        work.resting.append(link)
    else:
        ctx.only_writes[link] = left - 1


def _baselines(
    db: Connection, ctx: Context, work: _Settling, step: Step, outcome: Written, link: int
) -> dict[str, Value]:
    """Move the baselines of one step's fields; returns what the side had reshaped.

    A decided value that stands on one side only is agreed on by neither: it is when the other side shows it too.
    """
    rule = ctx.rules.kinds[step.kind]
    moves = work.moves.setdefault(link, {side: {} for side in SIDES})
    agreeing = step.fields if work.agreeing is None else work.agreeing[step.kind]
    reshaped: dict[str, Value] = {}
    source = fields_in(step.ground.get(step.side.other.value, {}).get("fields", {}))
    if step.source and _apart(rule, step, source):
        source |= {key: to for key, (_, to) in journal.beside(db, ctx.connection.id, step, step.source).items()}
    apart = _apart(rule, step, source)
    for key, change in step.fields.items():
        if not rule.shares(key) or key in apart:
            continue  # the rules do not name it any more, or its other half is still to be written
        sent, shown = change["to"], outcome.record.fields.get(key, "")
        as_sent = equal(rule.field(key), sent, shown)
        if not as_sent and outcome.ours:
            reshaped[key] = shown
        if key in agreeing:
            moves[step.side][key] = shown if as_sent or outcome.ours else sent
            moves[step.side.other][key] = source.get(key, sent)
    return reshaped


def _apart(rule: KindRule, step: Step, source: Mapping[str, Value]) -> Collection[str]:
    """The fields of a step whose value was decided on and is not what the other side has."""
    causes = step.notes.get("causes", {})
    return {
        key
        for key, change in step.fields.items()
        if causes.get(key) == Cause.DECIDED and rule.shares(key) and key in source
        if not same(rule.field(key), {step.side: change["to"], step.side.other: source[key]})
    }


def may_be_ours(ctx: Context, source: Ref, found: Ref) -> bool:
    """Whether a record that names this one may be what we made from it.

    It is not if it has another partner, or somebody has said that the two are not the same and typed the id by mistake.
    """
    with ctx.engine.connect() as db:
        linked = links.of_records(db, ctx.connection.id, [source, found])
        apart = alike.apart(db, ctx.connection.id, [source])
    return (source, found) not in apart and linked.get(found) in {None, linked.get(source)}


def shows(rule: KindRule, step: Step, record: Record) -> bool:
    """Whether a record shows exactly what this step sent, as far as its fields are still shared."""
    return all(
        equal(rule.field(key), change["to"], record.fields.get(key, ""))
        for key, change in step.fields.items()
        if rule.shares(key)
    )


def _moved(db: Connection, ctx: Context, group: Group, link: int | None) -> list[dict[str, Any]]:
    """How steps end whose record was edited in between: merging finds again what it means, but not what is undone."""
    if group.steps[0].notes.get("undoes"):
        return put_off(db, ctx, group, "it was edited while it was written", sent=True)
    return [ending(step, "moved", link) for step in group.steps]


def _refused(
    db: Connection,
    ctx: Context,
    work: _Settling,
    group: Group,
    refusal: Refusal,
    link: int | None,
    *,
    sent: bool = True,
) -> None:
    """One record's failure is that record's: noted with what was attempted, so that it is not tried again as it was."""
    attempted = {key: change["to"] for step in group.steps for key, change in step.fields.items()}
    if refusal.field in attempted and group.steps[0].do != "create":
        attempted = {refusal.field: attempted[refusal.field]}
    first = group.steps[0]
    seen = last_seen.find(db, ctx.connection.id, [group.ref])
    name = str(seen[group.ref].record.fields.get("name", "")) if group.ref in seen else ""
    due = ctx.clock.now() + RETRY_AFTER if refusal.retry == "wait" else None
    undoes = bool(first.notes.get("undoes"))
    what = Refusing(first.kind, first.side, group.ref, link, name, attempted, undoes)
    ctx.tally.rejections += rejections.reject(db, ctx.here, what, refusal, due, sent=sent)
    facts = {"do": first.do, "side": first.side.value, "ref": str(group.ref), "code": refusal.code}
    log.info("action.refused", extra=facts | {"field": refusal.field})
    work.ends += [ending(step, "refused", link, {"code": refusal.code}) for step in group.steps]
    if link is not None:
        ctx.look_closely([link])
        work.touched.append(link)
    elif group.ref in seen and due is None:
        last_seen.decided(db, [seen[group.ref].id], "refused")


def put_off(db: Connection, ctx: Context, group: Group, why: str, *, sent: bool = False) -> list[dict[str, Any]]:
    """How steps end that cannot be written now: listed, and tried again as what a side would take later."""
    work, remedy = _Settling(), "There is nothing to do: it is tried again by itself."
    refusal = Refusal("not_now", f"This was not written yet: {why}.", remedy=remedy, retry="wait")
    _refused(db, ctx, work, group, refusal, group.steps[0].link, sent=sent)
    return work.ends


def _retry_later(
    db: Connection, ctx: Context, groups: Sequence[Group], answer: Answer, found: Mapping[Ref, int]
) -> None:
    """What the vendor will take later is looked at again then."""
    for group, outcome in zip(groups, answer.outcomes, strict=True):
        if isinstance(outcome, Refused) and outcome.refusal.retry == "wait":
            link = found.get(group.ref) or group.steps[0].link
            if link is not None:
                links.due(db, link, ctx.clock.now() + RETRY_AFTER)


def _show_verdicts(db: Connection, ctx: Context, work: _Settling) -> None:
    """What was decided without asking is shown, now that it has been carried out; of a pair parted meanwhile, too."""
    if not work.verdicts:
        return
    pairs = links.partners(db, {link for link, _ in work.verdicts})
    seen = last_seen.find(db, ctx.connection.id, [ref for pair in pairs.values() for ref in pair.values()])
    for link, verdict in work.verdicts:
        records = {side: seen[ref].record for side, ref in pairs[link].items() if ref in seen}
        if len(records) == len(SIDES):
            waiting.decided(db, ctx.here, link, records, verdict)
            ctx.tally.decided += 1
