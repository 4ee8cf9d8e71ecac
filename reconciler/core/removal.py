"""What to ask when one record of a pair no longer stands: archived, deleted or merged into another.

    the record       its partner               what is done
    ---------------  ------------------------  -----------------------------------------------------------
    merged           whatever                  the link goes where it went: `follow`
    deleted          untouched                 ask: follow on the other side, or leave
    archived         untouched                 ask: follow on the other side, or leave
    deleted/archived edited                    ask, and say so: an edit survives a removal
    deleted/archived edited since the answer   ask again: nobody had seen that edit
    deleted/archived no longer stands either   nothing: both are gone
    returned         whatever                  the link was never dropped: `core.decide`, with its old baseline

A removal is never followed by itself; an answer is.  Opt-out is no removal: that is `core.decide`.
"""

from __future__ import annotations

from reconciler.core.model import SIDES, LinkState, Record, Ref, Side, Status
from reconciler.core.plan import SCREEN, Action, Ask, Change, Deciding, Do, ground, proof
from reconciler.core.schema import KindRule
from reconciler.core.values import equal

LEAVE, RETIRE = "leave", "retire"


def decide_removal(state: LinkState, rule: KindRule) -> Deciding:
    """A record that no longer stands on its side is asked about, never followed by itself."""
    fallen = [state.records[side] for side in SIDES if state.records[side].status is not Status.ACTIVE]
    merged = next((record for record in fallen if record.status is Status.MERGED), None)
    if merged is not None:
        return _merged(state, merged)
    if len(fallen) == len(SIDES) or state.answer == LEAVE:
        return Deciding()
    gone = fallen[0]
    partner = state.records[gone.ref.side.other]
    if state.answer == RETIRE and rule.retire == "ask" and _as_answered(state, rule, partner):
        return _retire(state, rule, partner)
    return Deciding(asks=(_ask(state, rule, gone, partner),))


def _merged(state: LinkState, gone: Record) -> Deciding:
    """The link follows; the question stands only while the survivor is not known."""
    if state.answer == LEAVE:
        return Deciding(follow=gone.ref)
    refs = (gone.ref, state.records[gone.ref.side.other].ref, Ref(gone.ref.side, gone.merged_into))
    text = f"{name_of(gone)} was merged in {SCREEN[gone.ref.side]} into a record that Concord cannot see."
    return Deciding(asks=(Ask("merged", gone.ref, refs, (LEAVE,), text),), follow=gone.ref)


def _ask(state: LinkState, rule: KindRule, gone: Record, partner: Record) -> Ask:
    here, there = SCREEN[gone.ref.side], SCREEN[partner.ref.side]
    archived = gone.ref.side is Side.XERO
    lost = gone.status is Status.GONE
    text = f"{name_of(gone)} was {'archived' if archived else 'deleted'} in {here}."
    if lost:
        text = f"{name_of(gone)} is no longer found in {here}: not among all its records, and not by its id."
    if state.answer:
        text += f" It was edited in {there} after the answer was given, so the answer was not followed."
    elif _edited_since(state, rule, partner):
        text += f" It has been edited in {there} since."
    how = "Restore it in Xero" if archived else "Take it out of Salesforce’s recycle bin"
    text += "" if lost else f" {how} by hand, and edits are carried again; nothing else restores it."
    choices = (RETIRE, LEAVE) if rule.retire == "ask" else (LEAVE,)
    kind = "gone" if lost else "archived" if archived else "removed"
    return Ask(kind, gone.ref, (gone.ref, partner.ref), choices, text, dict(partner.fields))


def ask_to_merge(gone: Record, partner: Record, other: Ref) -> Ask:
    """Two records are one on one side; on the other their partners still are two."""
    here, there = SCREEN[gone.ref.side], SCREEN[partner.ref.side]
    text = (
        f"{name_of(gone)} was merged into another record in {here}. In {there} they are still two: merge them by hand."
    )
    return Ask("merged", partner.ref, (partner.ref, other), (LEAVE,), text)


def _as_answered(state: LinkState, rule: KindRule, partner: Record) -> bool:
    """Whether the partner still shows what it did when the question was asked."""
    asked = state.answered_on
    now = partner.fields
    return all(equal(r, asked[r.key], now[r.key]) for r in rule.fields if r.key in asked and r.key in now)


def _edited_since(state: LinkState, rule: KindRule, partner: Record) -> bool:
    base, now = state.baseline[partner.ref.side], partner.fields
    return any(not equal(r, base[r.key], now[r.key]) for r in rule.fields if r.key in base and r.key in now)


def _retire(state: LinkState, rule: KindRule, partner: Record) -> Deciding:
    """Archive the contact in Xero, or clear the opt-in flag in Salesforce: a person has answered so."""
    side = partner.ref.side
    becomes = RETIRED[side]
    if state.is_refused(side, "status", becomes):
        return Deciding(refused=frozenset({(side, "status")}))
    why = f"Its partner no longer stands in {SCREEN[side.other]}, and a person chose to follow."
    return Deciding(actions=(retire(state, rule, side, why),))


# What a retired record is, in words: Concord never deletes.
RETIRED = {Side.SALESFORCE: "not opted in", Side.XERO: "archived"}


def retire(state: LinkState, rule: KindRule, side: Side, why: str) -> Action:
    """Archive a contact in Xero, or clear the opt-in flag in Salesforce."""
    return Action(
        do=Do.RETIRE,
        kind=state.kind,
        side=side,
        ref=state.records[side].ref,
        source=state.records[side.other].ref,
        fields={"status": Change("active", RETIRED[side])},
        why=why,
        link=state.id,
        ground=ground(state.records, state.records[side].fields),
        proof=proof(rule, state.records[Side.SALESFORCE]),
    )


def name_of(record: Record) -> str:
    """What the record is called, for a sentence."""
    name = record.fields.get("name", "")
    return name if isinstance(name, str) and name else str(record.ref)
