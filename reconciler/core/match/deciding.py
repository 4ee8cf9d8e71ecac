"""What to do about a record that has no partner: adopt a certain match, ask about a likely one, else create.

Never a guess: what links two records without asking is `judging`'s to say.  Any other candidate, archived ones
included, is a question, and nothing is created while it is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from reconciler.core.decide import decide
from reconciler.core.merge import Cause
from reconciler.core.model import Fields, LinkState, OpenConflict, Record, Ref, Side, Status, Value
from reconciler.core.plan import (
    SCREEN,
    Action,
    Ask,
    CannotHold,
    Change,
    Clocks,
    Deciding,
    Do,
    Rejection,
    criteria_proof,
    ground,
    proof,
)
from reconciler.core.schema import FieldRule, KindRule
from reconciler.core.values import is_blank, meant, no_word, translated
from reconciler.errors import Refusal

Choices: TypeAlias = Mapping[str, OpenConflict]  # by field

LEAVE, LINK, COVERED, CREATE_AS = "leave", "link", "covered", "create_as"
NOT, NONE = "not", "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record of the other side that may be the same thing, what speaks for and against it, and how much.

    `linked` is true when it already has a partner, `certain` when it needs no question.  `rivals` are records of the
    first one's side that may be the same as this one, too.
    """

    record: Record
    reasons: frozenset[str]
    linked: bool = False
    certain: bool = False
    against: frozenset[str] = frozenset()
    score: int = 0
    rivals: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer about this record: link | covered | create_as | not | none | leave, and to what."""

    choice: str
    ref: Ref | None = None
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Answer:
        """Read `leave`, `none`, `link:`, `covered:` or `not:` with a ref, or `create_as:<name>`; else ValueError."""
        choice, _, rest = text.partition(":")
        if choice in (LEAVE, NONE) and not rest:
            return cls(choice)
        if choice in (LINK, COVERED, NOT) and rest:
            return cls(choice, ref=Ref.parse(rest))
        if choice == CREATE_AS and rest.strip():
            return cls(CREATE_AS, name=rest.strip())
        raise ValueError(f"{text!r} is not an answer: choose one of those listed; create_as takes a name after a colon")


def decide_new(
    record: Record,
    candidates: Sequence[Candidate],
    rule: KindRule,
    clocks: Clocks,
    cannot_hold: CannotHold,
    answer: Answer | None = None,
    namesakes: Sequence[Candidate] = (),
    chosen: Mapping[Ref, Choices] | None = None,
) -> Deciding:
    """Work out what an opted-in record without a partner asks for.

    `candidates` are of the other side; `namesakes` are not the same, as a person said, but have the name it needs;
    `chosen` is what a person chose, per partner, about the fields in which the two differ; for a partner without an id,
    one that is yet to be made, it is what is to be sent in place of the record's own values.
    """
    typed = (chosen or {}).get(Ref(record.ref.side.other, ""), {})

    def link(partner: Record) -> Deciding:
        return adopt(record, partner, rule, clocks, cannot_hold, (chosen or {}).get(partner.ref))

    if answer and answer.choice == LINK:
        meant = next((c.record for c in candidates if c.record.ref == answer.ref and not c.linked), None)
        return link(meant) if meant else _ask(record, candidates, rule)
    may_create = rule.create.makes_on(record.ref.side.other)
    if answer and answer.choice == CREATE_AS and may_create:
        bearer = next((c.record for c in candidates if c.record.partner == record.ref.id), None)
        made = create(record, rule, cannot_hold, name=answer.name, typed=typed)
        return Deciding(rejections=(named_elsewhere(record, bearer),)) if bearer else made
    certain = [c for c in candidates if c.certain and not c.linked and c.record.status is Status.ACTIVE]
    if len(certain) == 1 and answer is None:  # else an answer that cannot be followed is asked for anew
        return link(certain[0].record)
    if candidates:
        return _ask(record, candidates, rule)
    if not may_create:
        return Deciding()
    return _ask_for_a_name(record, namesakes) if namesakes else create(record, rule, cannot_hold, typed=typed)


def adopt(
    record: Record,
    partner: Record,
    rule: KindRule,
    clocks: Clocks,
    cannot_hold: CannotHold,
    chosen: Choices | None = None,
) -> Deciding:
    """Link the two without writing; their differences are decided as at any first comparison."""
    records = {record.ref.side: record, partner.ref.side: partner}
    salesforce, xero = records[Side.SALESFORCE], records[Side.XERO]
    link = Action(
        do=Do.ADOPT,
        kind=record.kind,
        side=Side.XERO,
        ref=xero.ref,
        source=salesforce.ref,
        why="The two records are the same thing.",
        ground=ground(records, ()),
        proof=proof(rule, salesforce),
    )
    baseline: Mapping[Side, Fields] = {Side.SALESFORCE: {}, Side.XERO: {}}
    state = LinkState(None, record.kind, records, baseline, conflicts=chosen or {})
    first = decide(state, rule, clocks, cannot_hold)
    return Deciding(
        actions=(link, *first.actions), disputes=first.disputes, rejections=first.rejections, asks=first.asks
    )


def create(
    record: Record, rule: KindRule, cannot_hold: CannotHold, name: str = "", typed: Choices = MappingProxyType({})
) -> Deciding:
    """Make the partner: every filled field that may flow there; what it cannot hold is left out and rejected."""
    target = record.ref.side.other
    changes: dict[str, Change] = {}
    rejections: list[Rejection] = []
    for field_rule in rule.fields:
        instead = _instead(typed.get(field_rule.key), record, field_rule)
        value = name if name and field_rule.key == "name" else record.fields.get(field_rule.key, "")
        sent = field_rule.flow.reaches(target) or field_rule.key == "name"
        words = field_rule.default(target) if is_blank(value) else translated(field_rule, target, value)
        value, words = instead or (value, words)
        if not sent or (words == "" and field_rule.key != "name"):
            continue
        refusal = no_word(field_rule, target, value) if words is None else cannot_hold(target, field_rule, words)
        if refusal:
            rejections.append(Rejection(target, field_rule.key, value, refusal))
        elif words is not None:
            changes[field_rule.key] = Change("", words, Cause.DECIDED if instead else Cause.FILLED)
    if any(rejection.field == "name" for rejection in rejections):
        return Deciding(rejections=tuple(rejections))
    made = Action(
        do=Do.CREATE,
        kind=record.kind,
        side=target,
        ref=record.ref,
        source=record.ref,
        fields=changes,
        why="It is shared and has no partner yet.",
        ground=ground({record.ref.side: record}, [r.key for r in rule.fields]),
        proof=proof(rule, record) if record.ref.side is Side.SALESFORCE else _rule_proof(rule, record),
        own_name=bool(name),
    )
    ours = () if record.ref.side is Side.XERO and record.partner else (_stamp_later(record, rule),)
    return Deciding(actions=(made, *ours), rejections=tuple(rejections))


def named_elsewhere(record: Record, other: Record) -> Rejection:
    """No partner can be made for a record whose id stands on another one: the vendors find a record by it."""
    side, where = other.ref.side, SCREEN[other.ref.side]
    name = other.fields.get("name", "")
    message = (
        f"{name!r} in {where} ({other.ref}) carries the id of this record, and somebody has said it is not the same."
    )
    remedy = f"Clear the id on that record in {where}, then have this tried again."
    return Rejection(side, "partner", record.ref.id, Refusal("id_taken", message, "partner", remedy, "fix_permission"))


def _instead(chosen: OpenConflict | None, record: Record, rule: FieldRule) -> tuple[Value, Value | None] | None:
    """What a person typed in place of a refused value, and what that is on the other side; not once it was edited."""
    decision = chosen.decision if chosen else None
    side = record.ref.side
    if decision is None or decision.shown[side] != record.fields.get(rule.key, ""):
        return None
    return decision.value, meant(rule, decision.value, decision.winner)[side.other]


def _stamp_later(record: Record, rule: KindRule) -> Action:
    """The stamp that follows a create: its value is known once the partner is made.

    A number that somebody has given a contact in Xero stays; in Salesforce the field is Concord's own.
    """
    return Action(
        do=Do.STAMP,
        kind=record.kind,
        side=record.ref.side,
        ref=record.ref,
        source=None,
        fields={},
        why="So that the record shows which record it is linked to.",
        ground=ground({record.ref.side: record}, ()),
        proof=proof(rule, record) if record.ref.side is Side.SALESFORCE else _rule_proof(rule, record),
    )


def _rule_proof(rule: KindRule, record: Record) -> dict[str, object]:
    """Opt-in of a record born in Xero: the rule that admits it, and the groups it was in."""
    admitted = f"xero: {rule.opt_in.group or rule.opt_in.xero}"
    return {"rule": admitted, "value": list(record.groups), "ref": str(record.ref), **criteria_proof(rule)}


_REASONS = {
    "id": "one names the other",
    "name": "same name",
    "near": "nearly the same name",
    "like": "similar name",
    "tax": "same tax number",
    "account": "same account number",
    "email": "same e-mail",
    "domain": "same web domain",
    "phone": "same telephone",
    "address": "same address",
}
_AGAINST = {
    "tax": "another tax number",
    "far": "another town",
    "form": "another legal form",
    "phone": "another telephone",
    "email": "another e-mail",
}


def told(reasons: Collection[str]) -> list[str]:
    """What speaks for two records being one, as people read it."""
    return [text for reason, text in _REASONS.items() if reason in reasons]


def told_against(reasons: Collection[str]) -> list[str]:
    """What speaks against it."""
    return [text for reason, text in _AGAINST.items() if reason in reasons]


def _ask(record: Record, candidates: Sequence[Candidate], rule: KindRule) -> Deciding:
    """One question for all candidates, with every answer that can be given."""
    choices = [f"{LINK}:{c.record.ref}" for c in candidates if not c.linked and c.record.status is Status.ACTIVE]
    choices += [f"{COVERED}:{c.record.ref}" for c in candidates if c.linked]
    if rule.create.makes_on(record.ref.side.other):
        choices.append(CREATE_AS)
    others = [c for c in candidates if c.record.ref.side is not record.ref.side]
    choices += [f"{NOT}:{c.record.ref}" for c in others]
    if len(others) > 1:
        choices.append(NONE)
    rivals = tuple(dict.fromkeys(ref for c in candidates for ref in c.rivals))
    names = "; ".join(_describe(c) for c in candidates[:5])
    text = f"{record.fields.get('name', '')} may already be there: {names}."
    if rivals:
        text += f" {len(rivals)} more on its own side may be meant."
    refs = (record.ref, *(c.record.ref for c in candidates), *rivals)
    return Deciding(asks=(Ask("match", record.ref, refs, (*choices, LEAVE), text, details=_details(candidates)),))


def _ask_for_a_name(record: Record, namesakes: Sequence[Candidate]) -> Deciding:
    """Another customer has the name, and names are unique in Xero: it takes another one, or is covered, or is left."""
    covered = [f"{COVERED}:{c.record.ref}" for c in namesakes if c.linked]
    text = f"The name {record.fields.get('name', '')} is taken in Xero by another customer."
    refs = (record.ref, *(c.record.ref for c in namesakes))
    choices = (CREATE_AS, *covered, LEAVE)
    return Deciding(asks=(Ask("name_taken", record.ref, refs, choices, text, details=_details(namesakes)),))


def _details(candidates: Sequence[Candidate]) -> dict[str, object]:
    """What the page shows beside each candidate."""
    return {
        "candidates": [
            {
                "ref": str(c.record.ref),
                "score": c.score,
                "reasons": told(c.reasons),
                "against": told_against(c.against),
                "linked": c.linked,
                "status": c.record.status.value,
                "rivals": [str(ref) for ref in c.rivals],
            }
            for c in candidates
        ]
    }


def _describe(candidate: Candidate) -> str:
    record = candidate.record
    state = ["archived"] if record.status is not Status.ACTIVE else ["already linked"] if candidate.linked else []
    found = told(candidate.reasons) + [f"but {reason}" for reason in told_against(candidate.against)]
    return f"{record.fields.get('name', record.ref)} ({', '.join(found + state)})"
