"""Decide: the pure core over everything that waits, written down as a plan.  Nothing is sent or agreed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core import guard
from reconciler.core.decide import decide
from reconciler.core.guard import Effects
from reconciler.core.model import LinkState, Record, Ref, Side
from reconciler.core.names import Taken, in_order, key
from reconciler.core.plan import Action, Deciding, Do
from reconciler.core.schema import KindRule
from reconciler.errors import Breach
from reconciler.steps.context import Context
from reconciler.steps.matching import Alone, unlinked
from reconciler.store import connections, last_seen, link_states, links, open_items, plans


@dataclass(slots=True)
class Plan:
    """A stored plan: its digest, what it would open for people, and the limits it passes.

    `id` is None for a plan without a single action: there is nothing to store.  `alone`: records that are to get no
    partner now, and what was decided about them, where nothing may be written yet.
    """

    id: int | None
    digest: str
    actions: int = 0
    conflicts: int = 0
    questions: int = 0
    effects: Effects = field(default_factory=Effects)
    breaches: tuple[Breach, ...] = ()
    names: list[Taken] = field(default_factory=list)
    alone: list[Alone] = field(default_factory=list)


def make_plan(ctx: Context, by_rule_edit: Mapping[str, KindRule] | None = None, *, keep_empty: bool = False) -> Plan:
    """Decide about everything that waits and store the actions in order, batch by batch.

    `by_rule_edit` holds the rules of the plan before, when they have been edited since: what they would not have done
    is counted apart.  A plan without a single action is stored only with `keep_empty`.
    """
    planner = _Planner(ctx, by_rule_edit or {})
    if keep_empty:
        planner.open()
    return planner.make()


class _Planner:
    """Builds one plan; one use."""

    def __init__(self, ctx: Context, before: Mapping[str, KindRule]) -> None:
        self.ctx, self.before = ctx, before
        self.plan = Plan(None, "")
        self.digest = plans.Digest(ctx.connection.rules_version)
        self.by_edit = Effects()
        self.renames: list[Action] = []
        self.retired: set[Ref] = set()

    def open(self) -> int:
        """Store the plan, still without its actions."""
        ctx = self.ctx
        with ctx.writing() as db:
            made = plans.open_plan(db, ctx.connection.id, ctx.connection.rules_version, ctx.clock.now())
        self.plan.id = made
        return made

    def make(self) -> Plan:
        self.ctx.only_writes.clear()
        for kind, rule in self.ctx.rules.kinds.items():
            for batch in linked(self.ctx, kind, rule):
                self._take([(deciding, self._before(state, kind)) for state, deciding in batch])
                self._note_only_writes(batch)
            for new in unlinked(self.ctx, kind, rule):
                self._take([(each.deciding, None) for each in new])
                if not self.ctx.connection.activated:  # nothing is written in between: they need no second look
                    self.plan.alone += [each for each in new if not _gets_partner(each.deciding)]
            self._order_names()
        return self._close()

    def _note_only_writes(self, batch: Sequence[tuple[LinkState, Deciding]]) -> None:
        """Links that nothing is asked or known about but what is to be written; a name may yet be another's."""
        found = {
            state.id: len(deciding.actions) for state, deciding in batch if state.id and _only_writes(state, deciding)
        }
        if found:
            with self.ctx.engine.connect() as db:
                busy = open_items.links_with_work(db, found)
            self.ctx.only_writes |= {link: count for link, count in found.items() if link not in busy}

    def _before(self, state: LinkState, kind: str) -> Deciding | None:
        rule = self.before.get(kind)
        return decide(state, rule, self.ctx.clocks, self.ctx.cannot_hold) if rule else None

    def _take(self, decidings: Sequence[tuple[Deciding, Deciding | None]]) -> None:
        ready: list[Action] = []
        for deciding, before in decidings:
            self.plan.conflicts += sum(dispute.opens for dispute in deciding.disputes)
            self.plan.questions += len(deciding.asks)
            for action in deciding.actions:
                if self.ctx.may_write(action.side) or (action.do is Do.ADOPT and not self.ctx.connection.paused):
                    (self.renames if _renames(action) else ready).append(action)
                    self.retired |= {action.ref} if action.do is Do.RETIRE else set()
            if before is not None:
                self.by_edit.add(_new_in(deciding.actions, before.actions))
        self._store(ready)

    def _order_names(self) -> None:
        """Names come last: by then every rename of the plan is known, and every contact that it archives before."""
        if not self.renames:
            return
        names = [str(action.fields["name"].new) for action in self.renames]
        with self.ctx.engine.connect() as db:
            holders = [seen.record for seen in last_seen.holders(db, self.ctx.connection.id, Side.XERO, names)]
        updates = [action for action in self.renames if action.do is Do.UPDATE]
        creates = [action for action in self.renames if action.do is Do.CREATE]
        staying = [holder for holder in holders if holder.ref not in self.retired]
        ordered, taken = in_order([*updates, *creates], staying)
        self.plan.names += taken
        now = _free_now(ordered, holders)
        self._store([*now, *(t.action for t in taken if t.action.do is Do.UPDATE and t.action.fields)])
        self.renames = []

    def _store(self, actions: Sequence[Action]) -> None:
        if not actions:
            return
        ctx, plan = self.ctx, self.plan
        ctx.lease.keep(ctx.request_timeout)
        plan_id = plan.id or self.open()
        with ctx.writing() as db:
            plans.add_actions(db, plan_id, ctx.connection.id, actions, plan.actions)
            plan.actions += len(actions)
            ctx.progress(db, "deciding", plan.actions, 0)
        plan.effects.add(actions)
        for action in actions:
            self.digest.add(action)

    def _close(self) -> Plan:
        ctx, plan = self.ctx, self.plan
        plan.digest = self.digest.text()
        alarms = self._alarms()
        if plan.id is None and not alarms:
            return plan
        plan_id = plan.id or self.open()
        with ctx.writing() as db:
            limits = {kind: rule.limits for kind, rule in ctx.rules.kinds.items()}
            count = links.count(db, ctx.connection.id)
            plan.breaches = (*alarms, *guard.breaches(plan.effects, limits, count, self.by_edit))
            summary = {"actions": plan.actions, "conflicts": plan.conflicts, "questions": plan.questions}
            status = "held" if plan.breaches and ctx.connection.activated else "proposed"
            plans.close_plan(db, plan_id, plan.digest, status, summary=summary, breaches=plan.breaches)
        return plan

    def _alarms(self) -> tuple[Breach, ...]:
        """What reading has shown; an emptied side stops a run that would write nothing, too."""
        ctx, idle = self.ctx, self.plan.actions == 0
        with ctx.engine.connect() as db:
            alarms = connections.alarms(db, ctx.connection.id)
            if not any(alarm.changed or alarm.missing for alarm in alarms.values()):
                return ()  # counting links is not for quiet runs
            count = links.count(db, ctx.connection.id)
        limits = [rule.limits for rule in ctx.rules.kinds.values()]
        found = guard.alarming(alarms, limits, sum(count.values()))
        return tuple(breach for breach in found if breach.limit == "emptied" or not idle)


def _only_writes(state: LinkState, deciding: Deciding) -> bool:
    """A conflict whose decision is carried out is closed when it has been; a name may prove to be another's."""
    known = state.conflicts or state.answer or state.resumed
    return not known and deciding.only_acts and not any(map(_renames, deciding.actions))


def _gets_partner(deciding: Deciding) -> bool:
    return any(action.do in (Do.CREATE, Do.ADOPT) for action in deciding.actions) and not deciding.rejections


def _renames(action: Action) -> bool:
    return "name" in action.fields and action.side is Side.XERO


def _free_now(ordered: Sequence[Action], holders: Sequence[Record]) -> list[Action]:
    """What is made is sent before what is renamed: a name that this plan frees is taken by the next one's create."""
    held = {key(holder.fields.get("name", "")) for holder in holders}
    return [each for each in ordered if each.do is not Do.CREATE or key(each.fields["name"].new) not in held]


def _new_in(actions: Iterable[Action], before: Iterable[Action]) -> list[Action]:
    """What the edit of the rules alone causes: the fields that the rules before it would not have written."""
    old = {(action.do, action.side, key): change.new for action in before for key, change in action.fields.items()}
    found = []
    for action in actions:
        fields = {k: c for k, c in action.fields.items() if old.get((action.do, action.side, k)) != c.new}
        if fields and action.do is Do.UPDATE:
            found.append(action._replace(fields=fields))
    return found


def linked(ctx: Context, kind: str, rule: KindRule) -> Iterator[list[tuple[LinkState, Deciding]]]:
    """What each waiting link asks for, in batches."""
    after = 0
    while True:
        with ctx.engine.connect() as db:
            ids = links.pending(db, ctx.connection.id, ctx.clock.now(), after, kind)
            states = link_states.load(db, ids, ctx.clock.now())
        if not ids:
            return
        after = ids[-1]
        yield [(state, decide(state, rule, ctx.clocks, ctx.cannot_hold)) for state in states]
