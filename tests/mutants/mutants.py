"""The planted faults: each is a mistake that would cost somebody an edit, a duplicate or their trust.

The text replaced must occur exactly once, so that a fault cannot quietly stop being planted when the product changes.
"""

from __future__ import annotations

from tests.mutants.planting import Mutant

TABLE = "tests/core/test_decide_table.py"
CRASHES = "tests/engine/test_crash_points.py"
RECOVERY = (
    f"{CRASHES}::test_a_source_edited_again_before_recovery_is_no_conflict",
    f"{CRASHES}::test_a_source_that_went_back_before_recovery_is_followed",
    f"{CRASHES}::test_the_target_edited_before_recovery_loses_neither_value",
)
FOUND = "tests/engine/test_found_by_the_model.py"
MODEL = "tests/model/test_model.py"
HOLES = "tests/engine/test_between_the_steps.py"
SELDOM = "tests/engine/test_seldom.py"
NEVER = "tests/engine/test_never_again.py"
SAID = "tests/engine/test_said_since.py"
ANEW = "tests/rules/test_read_anew.py"
LATER = "tests/engine/test_later.py"
ALONE = "tests/engine/test_alone.py"
SHELVED = "tests/engine/test_shelved.py"
LEASE = "tests/engine/test_lease.py"
POLICY = "tests/core/test_policy.py"
CONTRACT = "tests/contracts/test_gateways.py"

MERGING = (
    Mutant(
        "the stale side wins",
        "reconciler/core/merge.py",
        "return Carry(rule.key, side.other, now[side], Cause.EDITED)",
        "return Carry(rule.key, side, now[side.other], Cause.EDITED)",
        (TABLE,),
    ),
    Mutant(
        "a value is written on the wrong side",
        "reconciler/core/decide.py",
        "if not self._write(key, verdict.to, verdict.value, verdict.cause):",
        "if not self._write(key, verdict.to.other, verdict.value, verdict.cause):",
        (TABLE,),
    ),
    Mutant(
        "two edits are no conflict",
        "reconciler/core/merge.py",
        '        return Clash(rule.key, "clash")\n',
        "        return Carry(rule.key, Side.XERO, now[Side.SALESFORCE], Cause.EDITED)\n",
        (TABLE,),
    ),
    Mutant(
        "half an address from each side",
        "reconciler/core/merge.py",
        '        return Clash(rule.key, "clash")\n',
        "        if not rule.members:\n"
        '            return Clash(rule.key, "clash")\n'
        "        mixed = (now[Side.SALESFORCE][0], *now[Side.XERO][1:])\n"
        "        return Carry(rule.key, Side.XERO, mixed, Cause.EDITED)\n",
        (TABLE,),
    ),
    Mutant(
        "a direction is not heeded",
        "reconciler/core/merge.py",
        "return _one_way(rule, origin, base, now, moved) if origin else _both_ways(rule, now, moved)",
        "return _both_ways(rule, now, moved)",
        (TABLE,),
    ),
    Mutant(
        "a blank erases at first",
        "reconciler/core/merge.py",
        "return Carry(rule.key, blank, now[blank.other], ",
        "return Carry(rule.key, blank.other, now[blank], ",
        (TABLE,),
    ),
    Mutant(
        "clearing is an edit where the rule keeps blanks",
        "reconciler/core/merge.py",
        "if rule.blank is Blank.KEEP else set()",
        "if False else set()",
        (TABLE,),
    ),
    Mutant(
        "the same edit on both sides is a conflict",
        "reconciler/core/merge.py",
        "    if same(rule, now):\n        return Agree(rule.key, now)\n    moved = ",
        "    moved = ",
        (TABLE,),
    ),
    Mutant(
        "spellings of one name are different names",
        "reconciler/core/values/comparing.py",
        "    a, b = canonical(comparison, a), canonical(comparison, b)\n",
        "",
        ("tests/core/test_values.py",),
    ),
    Mutant(
        "blanks inside a name are part of it",
        "reconciler/core/values/text.py",
        'return " ".join(clean(value).split())',
        "return clean(value)",
        ("tests/core/test_values.py",),
    ),
)

DECIDING = (
    Mutant(
        "the offset of a clock is ignored",
        "reconciler/core/policy.py",
        "    offset = timedelta(seconds=clock.offset)\n",
        "    offset = timedelta(0)\n",
        (POLICY,),
    ),
    Mutant(
        "a clock that was set decides like any other",
        "reconciler/core/policy.py",
        "        if jumped and _oldest(edit) < jumped:\n",
        "        if jumped and not jumped:\n",
        (POLICY,),
    ),
    Mutant(
        "stamps that a clock left in its future decide",
        "reconciler/steps/observe.py",
        "max(read_at, read_at - step + doubt, last or read_at)",
        "read_at",
        ("tests/engine/test_clock_steps.py",),
    ),
    Mutant(
        "two edits within the uncertainty are told apart",
        "reconciler/core/policy.py",
        "for clock in clocks.values())) + MARGIN",
        "for clock in clocks.values())) * 0",
        (POLICY,),
    ),
    Mutant(
        "an open conflict is decided by a policy later",
        "reconciler/core/decide.py",
        "        if conflict is None and resolution.winner and reason == ",
        "        rule = self.rules[key]\n"
        "        resolution = resolve(rule.policy, self.pair.edits(key), self.clocks) if conflict else resolution\n"
        "        if resolution.winner and reason == ",
        (TABLE, MODEL),
    ),
    Mutant(
        "a decision is carried out though a value has moved",
        "reconciler/core/decide.py",
        "            if self.pair.stands(decision, key) and not",
        "            if not",
        (TABLE,),
    ),
    Mutant(
        "after an opt-out a policy decides what was typed meanwhile",
        "reconciler/core/decide.py",
        "        if self.resumed:\n            return Resolution(None",
        "        if self.resumed and key == '':\n            return Resolution(None",
        (TABLE,),
    ),
    Mutant(
        "opting out suspends nothing",
        "reconciler/core/decide.py",
        '    if standing == "suspend" or (state.suspended and not standing):\n',
        '    if standing == "never":\n',
        (TABLE,),
    ),
    Mutant(
        "what no decision can act on stays in the queue",
        "reconciler/core/decide.py",
        "        if each.shelved:\n",
        "        if each is not None:\n",
        (TABLE, SHELVED),
    ),
    Mutant(
        "a conflict that was shelved is forgotten",
        "reconciler/store/waiting.py",
        "    return or_(is_open, is_closed) & or_(is_open, shelved)",
        "    return or_(is_open, is_closed) & is_open",
        (SHELVED,),
    ),
    Mutant(
        "a removal revives",
        "reconciler/core/decide.py",
        "    if any(record.status is not Status.ACTIVE for record in state.records.values()):\n",
        "    if state.id == -1:\n",
        ("tests/core/test_decide.py",),
    ),
    Mutant(
        "what was refused is tried again for ever",
        "reconciler/core/decide.py",
        "if refusal or self.state.is_refused(side, key, value):",
        "if refusal:",
        ("tests/core/test_decide.py",),
    ),
)

WRITING = (
    Mutant(
        "the baseline does not advance",
        "reconciler/steps/settling.py",
        "        links.move_baselines(db, work.moves, ctx.clock.now(), resting)\n",
        "        links.rest(db, work.resting)\n",
        (HOLES,),
    ),
    Mutant(
        "the baseline of the source stays behind",
        "reconciler/steps/settling.py",
        "            moves[step.side.other][key] = source.get(key, sent)\n",
        "",
        (HOLES,),
    ),
    Mutant(
        "what is typed meanwhile becomes the baseline",
        "reconciler/steps/settling.py",
        "            moves[step.side][key] = shown if as_sent or outcome.ours else sent\n",
        "            moves[step.side][key] = shown\n",
        (HOLES,),
    ),
    Mutant(
        "what was written counts as agreed on wherever its field lies by now",
        "reconciler/steps/settling.py",
        "        if key in agreeing:\n",
        "        if key:\n",
        (NEVER,),
    ),
    Mutant(
        "nothing is written down before it is sent",
        "reconciler/steps/writing.py",
        "        journal.intend(db, parts, ctx.run_id, ctx.lease.token, batch.key, ctx.clock.now())\n",
        "        _ = parts\n",
        RECOVERY,
    ),
    Mutant(
        "what is in doubt is taken for written",
        "reconciler/steps/recovering.py",
        "landed = _landed(ctx, step, record) if record is not None else None",
        "landed = step if record is not None else None",
        RECOVERY,
    ),
    Mutant(
        "what is in doubt is taken for not written",
        "reconciler/steps/recovering.py",
        "landed = _landed(ctx, step, record) if record is not None else None",
        "landed = None",
        RECOVERY,
    ),
    Mutant(
        "opt-in is not looked at again",
        "reconciler/core/plan.py",
        '        if was["flag"] != record.flag:\n',
        '        if was["flag"] is None:\n',
        ("tests/why/test_proof.py::test_a_record_whose_flag_is_cleared_between_deciding_and_writing_is_not_written",),
    ),
    Mutant(
        "what the proof of opt-in does not show is written all the same",
        "reconciler/steps/obstacles.py",
        "all(ref in ctx.read_again for ref in about)",
        "all(about)",
        (SELDOM,),
    ),
    Mutant(
        "what is taken back of a field that was switched off since is written",
        "reconciler/core/undo.py",
        "        if rule is None or now is None or rule.flow is Flow.OFF:\n",
        "        if rule is None or now is None:\n",
        ("tests/undo/test_undo.py::test_a_field_that_is_shared_no_more_is_left_alone_and_named",),
    ),
    Mutant(
        "an answer about one record is done to the other",
        "reconciler/store/link_states.py",
        "        if row.about in fallen[row.link_id]\n",
        "        if row.about\n",
        (SAID,),
    ),
    Mutant(
        "rules that are saved while a run reads are not read for",
        "reconciler/steps/observe.py",
        "    if not ctx.rules_stand(db):\n        return\n",
        "",
        (ANEW,),
    ),
    Mutant(
        "what is read in another place keeps its baseline",
        "reconciler/commands/rules.py",
        "    links.forget(db, connection_id, new.kind, fresh)\n",
        "",
        (ANEW,),
    ),
    Mutant(
        "a pair that was parted is written",
        "reconciler/steps/obstacles.py",
        "    return link is None or (source is not None and source.link != link)\n",
        "    return False\n",
        (SAID,),
    ),
    Mutant(
        "an undo takes back of a survivor what was written on another",
        "reconciler/core/undo.py",
        "        if any(step.ref not in refs for step in steps) or ",
        "        if ",
        ("tests/undo/test_undo.py",),
    ),
    Mutant(
        "what never left this machine is in doubt",
        "reconciler/steps/writing.py",
        "        if not error.sent:\n",
        "        if not error:\n",
        (SELDOM,),
    ),
    Mutant(
        "a question that a removal ended is not asked again",
        "reconciler/steps/concluding.py",
        "            (asked_of if _left_to_a_person(seen) else over).append(seen.record.ref)\n",
        "            ([] if _left_to_a_person(seen) else over).append(seen.record.ref)\n",
        (FOUND,),
    ),
    Mutant(
        "what a side would take later is never due",
        "reconciler/store/rejections.py",
        "    last_seen.look_again(db, rejection.connection_id, [Ref.parse(rejection.ref)])\n",
        "        pass\n",
        (LATER,),
    ),
    Mutant(
        "what no partner is made of any more stays refused",
        "reconciler/steps/concluding.py",
        "    rejections.close_unmeant(db, ctx.here, unmeant, UNMEANT)\n",
        "",
        (ALONE,),
    ),
    Mutant(
        "what a link stood for is forgotten with it",
        "reconciler/steps/undoing.py",
        "    moves.uncover(db, link, because)\n",
        "",
        (ALONE,),
    ),
    Mutant(
        "a question does not name who has come since",
        "reconciler/store/again.py",
        "found_by | {key ^ 1 for key in found_by}",
        "found_by",
        (ALONE,),
    ),
    Mutant(
        "the ground of a step is not looked at again",
        "reconciler/steps/obstacles.py",
        "    changed = moved(step.ground, about.values())",
        "    changed = moved({}, about.values())",
        (HOLES,),
    ),
    Mutant(
        "sources are not read again before Xero is written",
        "reconciler/steps/rereading.py",
        "    sources = [ref for group in groups for",
        "    sources = [ref for group in groups[:0] for",
        (HOLES,),
    ),
    Mutant(
        "Xero is not looked at before it is written",
        "reconciler/steps/rereading.py",
        "    if since is not None:\n        for number",
        "    if since is None:\n        for number",
        (HOLES,),
    ),
    Mutant(
        "a record is written in the second of its last edit",
        "reconciler/steps/rereading.py",
        "    return edited_at + HOT > (ctx",
        "    return False and edited_at + HOT > (ctx",
        (HOLES,),
    ),
    Mutant(
        "a create does not look first",
        "reconciler/steps/obstacles.py",
        "        return _found_meanwhile(db, ctx, group, seen[group.ref])\n",
        '        return ""\n',
        (HOLES,),
    ),
    Mutant(
        "a create that was in doubt is not looked for",
        "reconciler/steps/writing.py",
        "    answer = _look_for_twins(ctx, side, ready, answer)\n",
        "",
        (HOLES,),
    ),
    Mutant(
        "an undo is not held for a person",
        "reconciler/steps/settling.py",
        "        undoing.hold(db, ctx, work.undone)\n",
        "",
        ("tests/undo/test_undo.py",),
    ),
    Mutant(
        "one write's key is the next one's too",
        "reconciler/steps/writing.py",
        '    key = f"{made}-{first.id}"\n',
        "    key = made\n",
        (HOLES,),
    ),
)

GUARDING = (
    Mutant(
        "the fence is not looked at",
        "reconciler/store/lease.py",
        "        if row.token != self.token or not row.holder:\n",
        "        if row is None:\n",
        (LEASE,),
    ),
    Mutant(
        "a lease that ran out is held on to",
        "reconciler/store/lease.py",
        "        if now >= self._until:\n",
        "        if now < 0:\n",
        (LEASE,),
    ),
    Mutant(
        "limits are not heeded",
        "reconciler/steps/planning.py",
        "            plan.breaches = (*alarms, *guard.breaches(plan.effects, limits, count, self.by_edit))\n",
        "            plan.breaches = (*alarms, *guard.breaches(Effects(), limits, count))\n",
        (FOUND,),
    ),
    Mutant(
        "the canary is not read",
        "reconciler/steps/writing.py",
        "    if writes:\n        _canary(ctx)\n",
        "",
        (HOLES,),
    ),
    Mutant(
        "what is left of a pair is not known to exist",
        "reconciler/store/links.py",
        "for side in SIDES if (found := _left_standing(db, connection_id, kind, side))",
        "for side in () if (found := _left_standing(db, connection_id, kind, side))",
        (HOLES,),
    ),
    Mutant(
        "a plan that another has overtaken is carried out as it was",
        "reconciler/steps/ground.py",
        " or _overtaken(step, meant)\n",
        "\n",
        (SAID,),
    ),
    Mutant(
        "an account is made of a contact that is not looked at again",
        "reconciler/steps/obstacles.py",
        'if step.do not in _SHARING or (step.do == "update" and step.side is Side.SALESFORCE):',
        "if step.do not in _SHARING or step.side is Side.SALESFORCE:",
        (SAID,),
    ),
    Mutant(
        "what is to be taken back is forgotten when it could not be sent",
        "reconciler/store/journal.py",
        '    return ending(step, "planned") if step.notes.get("undoes") else ending(step, state)\n',
        "    return ending(step, state)\n",
        ("tests/undo/test_not_done_yet.py",),
    ),
    Mutant(
        "only the newest of two refusals is kept",
        "reconciler/store/rejections.py",
        "**(before.attempted if before is not None and merges else {})",
        "**{}",
        ("tests/engine/test_cannot_be_made.py",),
    ),
    Mutant(
        "what is refused for good is never tried apart from what would pass",
        "reconciler/store/rejections.py",
        '    return (rejection.retry == "wait") is (refusal.retry == "wait")\n',
        "    return True\n",
        ("tests/engine/test_cannot_be_made.py",),
    ),
    Mutant(
        "what a side goes on refusing to give up keeps all edits waiting",
        "reconciler/store/rejections.py",
        "    if undoing.was_last(db, connection_id):\n        return\n",
        "",
        ("tests/undo/test_not_done_yet.py",),
    ),
    Mutant(
        "of two values refused in one place only one is known",
        "reconciler/store/link_states.py",
        "            found.setdefault(link, {}).setdefault((SIDE[side], key), set()).add(value)\n",
        "            found.setdefault(link, {})[SIDE[side], key] = {value}\n",
        ("tests/engine/test_cannot_be_made.py",),
    ),
    Mutant(
        "a plan is carried out on other ground",
        "reconciler/engine.py",
        "    if moved and not skip_moved:\n",
        "    if moved and skip_moved:\n",
        (FOUND,),
    ),
    Mutant(
        "a plan's digest leaves out what is written",
        "reconciler/store/plans.py",
        "        parts = (action.do, action.kind, action.side, str(action.ref), changes)\n",
        "        parts = (action.do, action.kind, action.side, str(action.ref), len(changes))\n",
        (HOLES,),
    ),
    Mutant(
        "runs go on deciding while a plan is held",
        "reconciler/engine.py",
        "    if held is not None:\n",
        "    if held is not None and full:\n",
        (HOLES,),
    ),
    Mutant(
        "a pause is noticed by the next run only",
        "reconciler/steps/writing.py",
        "connections.writes_wait(db, ctx.connection.id, side, ctx.clock.now()) or not ctx.rules_stand(db)",
        "not ctx.rules_stand(db)",
        (MODEL,),
    ),
    Mutant(
        "rules that are saved while a run writes are noticed by the next run only",
        "reconciler/steps/writing.py",
        "connections.writes_wait(db, ctx.connection.id, side, ctx.clock.now()) or not ctx.rules_stand(db)",
        "connections.writes_wait(db, ctx.connection.id, side, ctx.clock.now())",
        (NEVER,),
    ),
)

READING = (
    Mutant(
        "the watermark has no overlap",
        "reconciler/steps/observe.py",
        "    mark = read_at - LATE[side] - back\n",
        "    mark = read_at - back\n",
        (HOLES,),
    ),
    Mutant(
        "the watermark moves before the last page is read",
        "reconciler/steps/observe.py",
        "                if last and (whole",
        "                if (last or page) and (whole",
        (HOLES,),
    ),
    Mutant(
        "our own write dates a person's edit",
        "reconciler/store/reading.py",
        "        ours = written_at is not None and after < written_at\n"
        "        alone = len(set(edited) - rule.derived) == 1 and not self.ours\n",
        "        ours = False\n        alone = len(set(edited) - rule.derived) == 1\n",
        (FOUND,),
    ),
    Mutant(
        "a decision that was changed is carried out as it was first",
        "reconciler/steps/obstacles.py",
        'if shared is None or decision is None or not is_chosen(shared, decision, step.side, change["to"]):',
        "if shared is None or decision is None:",
        (SAID,),
    ),
    Mutant(
        "a pair that stands again is compared as if it had never been apart",
        "reconciler/store/moves.py",
        '    again = {"status": "active", "closed_as": "", "closed_because": "", "pending": True, "resumed": True}\n',
        '    again = {"status": "active", "closed_as": "", "closed_because": "", "pending": True}\n',
        ("tests/undo/test_undo.py", SELDOM),
    ),
    Mutant(
        "only the first of several changes is folded in",
        "reconciler/store/folding.py",
        "    for chunk in _chunks(page.records):\n",
        "    for chunk in _chunks(page.records[:1]):\n",
        (TABLE, HOLES),
    ),
)

GATEWAYS = (
    Mutant(
        "equal stamps are skipped at the end of a page",
        "reconciler/adapters/salesforce/soql.py",
        "(SystemModstamp = {at} AND Id > {_quoted(last_id)}) OR SystemModstamp > {at}",
        "SystemModstamp > {at} AND Id != {_quoted(last_id)}",
        ("tests/adapters/test_salesforce_gateway.py",),
    ),
    Mutant(
        "a write to Salesforce has no condition",
        "reconciler/adapters/salesforce/bodies.py",
        "    if write.edited_at is not None:\n",
        "    if write.edited_at is None and write.id == '':\n",
        (f"{CONTRACT}::TestSalesforceOverTheWire",),
    ),
    Mutant(
        "a contact is made by the call that overwrites a namesake",
        "reconciler/adapters/xero/client.py",
        "return self._write(self.accounting.create_contacts, tenant, body, key)",
        "return self._write(self.accounting.update_or_create_contacts, tenant, body, key)",
        ("tests/adapters/test_xero_sdk_traps.py",),
    ),
    Mutant(
        "archived contacts are not listed",
        "reconciler/adapters/xero/client.py",
        "include_archived=True",
        "include_archived=False",
        (f"{CONTRACT}::TestXeroOverTheWire",),
    ),
    Mutant(
        "a refused write to Xero is not sent under a key of its own",
        "reconciler/adapters/xero/bodies.py",
        '    return _digest(*keys) if all(keys) else ""\n',
        '    return _digest("batch") if all(keys) else ""\n',
        ("tests/adapters/test_xero_sdk_traps.py", HOLES),
    ),
    Mutant(
        "an expired token is not renewed",
        "reconciler/adapters/transport.py",
        "reply.status == 401 and self._dialect.cured_by_new_token(reply)",
        "reply.status == 499",
        ("tests/adapters/test_transport.py",),
    ),
)

MUTANTS = (*MERGING, *DECIDING, *WRITING, *GUARDING, *READING, *GATEWAYS)
