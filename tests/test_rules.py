"""The rules as a document: shipped settings, any part of it applied, every fault named at once."""

from __future__ import annotations

import pytest

from reconciler import rules
from reconciler.core.schema import Blank, Create, Drift, First, Flow, OptIn, Policy, Rules
from reconciler.errors import Usage

SHIPPED = rules.shipped()
CUSTOMER = SHIPPED.kinds["customer"]
WEBSITE_IS_FORCED = (
    "kinds.customer.fields.website.flow: Xero's Website is read-only, so nothing can flow to it: write X2S or off"
)


def customer(text, base=None):
    return rules.parse(text, base).kinds["customer"]


def field_of(settings, key="phone"):
    return customer(f"kinds: {{customer: {{fields: {{{key}: {{{settings}}}}}}}}}").field(key)


def problems(text, base=None):
    with pytest.raises(Usage) as caught:
        rules.parse(text, base)
    assert caught.value.problems
    return caught.value.problems


@pytest.mark.parametrize(
    ("key", "salesforce", "xero", "flow", "policy", "blank"),
    [
        ("name", "Name", "Name", Flow.BOTH, Policy.ASK, Blank.CARRY),
        ("account_number", "AccountNumber", "AccountNumber", Flow.BOTH, Policy.NEWEST, Blank.CARRY),
        ("email", "Email__c", "EmailAddress", Flow.BOTH, Policy.ASK, Blank.FILL),
        ("phone", "Phone", "Phones.DEFAULT", Flow.BOTH, Policy.NEWEST, Blank.CARRY),
        ("fax", "Fax", "Phones.FAX", Flow.BOTH, Policy.NEWEST, Blank.CARRY),
        ("website", "Website", "Website", Flow.X2S, Policy.NEWEST, Blank.KEEP),
        ("tax_number", "Tax_Number__c", "TaxNumber", Flow.BOTH, Policy.ASK, Blank.FILL),
        ("billing", "Billing", "Addresses.POBOX", Flow.BOTH, Policy.ASK, Blank.CARRY),
        ("shipping", "Shipping", "Addresses.STREET", Flow.BOTH, Policy.NEWEST, Blank.CARRY),
        ("outstanding", "Xero_Outstanding__c", "Balances.Outstanding", Flow.X2S, Policy.NEWEST, Blank.CARRY),
        ("overdue", "Xero_Overdue__c", "Balances.Overdue", Flow.X2S, Policy.NEWEST, Blank.CARRY),
    ],
)
def test_a_new_connection_shares_these_fields_this_way(key, salesforce, xero, flow, policy, blank):
    rule = CUSTOMER.field(key)
    assert (rule.salesforce, rule.xero, rule.flow) == (salesforce, xero, flow)
    assert (rule.policy, rule.blank) == (policy, blank)


def test_a_new_connection_shares_nobody_by_itself():
    assert CUSTOMER.opt_in == OptIn("Sync_with_Xero__c", "none", "")
    assert (CUSTOMER.create, CUSTOMER.retire, CUSTOMER.suppliers) == (Create.S2X, "ask", "leave_out")
    assert (SHIPPED.schedule.every_minutes, SHIPPED.schedule.full_compare) == (15, "02:30")


def test_the_exported_document_holds_every_setting_and_makes_the_same_rules():
    text = rules.export(SHIPPED)
    assert text.startswith("version: 1\nkinds:\n  customer:\n    create: S2X\n")
    assert "opt_in: {salesforce: Sync_with_Xero__c, xero: none}" in text
    assert "limits: {creates: 100, updates: 200, updates_share: 0.25, blanks: 20, retirements: 5}" in text
    assert rules.parse(text) == SHIPPED


def test_a_document_written_by_hand_with_remarks_is_taken():
    text = """\
version: 1
kinds:
  customer:
    create: S2X                  # S2X | X2S | both | none
    retire: ask
    opt_in: {salesforce: Sync_with_Xero__c, xero: none}
    suppliers: leave_out
    first: ask
    policy: newest
    fields:
      phone: {salesforce: Phone, xero: Phones.DEFAULT, flow: both, policy: newest, blank: carry, drift: overwrite}
    limits: {creates: 100, updates: 200, updates_share: 0.25, blanks: 20, retirements: 5}
schedule: {every_minutes: 15, full_compare: "02:30"}
"""
    assert rules.parse(text) == SHIPPED


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "version: 1", "kinds:\n", "kinds: {customer: {fields: }}"])
def test_a_document_that_sets_nothing_changes_nothing(text):
    assert rules.parse(text) == SHIPPED


def test_any_part_of_a_document_is_applied_over_the_rules_in_force():
    base = rules.parse("kinds: {customer: {create: both, fields: {fax: {flow: S2X}}}}")
    merged = customer("kinds: {customer: {fields: {phone: {drift: protect}}, limits: {creates: 7}}}", base)
    assert (merged.create, merged.field("fax").flow, merged.field("phone").drift) == (
        Create.BOTH,
        Flow.S2X,
        Drift.PROTECT,
    )
    assert (merged.limits.creates, merged.limits.updates) == (7, 200)
    assert merged.field("phone").flow is Flow.BOTH


@pytest.mark.parametrize("word", ["off", "'off'", '"off"', "OFF", "Off", "no", "false", "none"])
def test_off_may_be_written_bare_or_quoted(word):
    assert field_of(f"flow: {word}").flow is Flow.OFF


@pytest.mark.parametrize("word", ["none", '"none"', "no", "off", "None"])
def test_none_may_be_written_bare_or_quoted(word):
    kind = customer(f"kinds: {{customer: {{create: {word}, retire: {word}, opt_in: {{xero: {word}}}}}}}")
    assert (kind.create, kind.retire, kind.opt_in.xero) == (Create.NONE, "none", "none")


@pytest.mark.parametrize(
    ("word", "time"),
    [("02:30", "02:30"), ("'02:30'", "02:30"), ("2:05", "02:05"), ("off", ""), ("never", ""), ("''", ""), ("~", "")],
)
def test_the_time_of_the_full_compare_may_be_written_bare(word, time):
    assert rules.parse(f"schedule: {{full_compare: {word}}}").schedule.full_compare == time


def test_xero_born_records_are_shared_by_group():
    kind = customer("kinds: {customer: {opt_in: {xero: {group: 'no'}}}}")
    assert kind.opt_in == OptIn("Sync_with_Xero__c", "group", "no")
    again = customer("kinds: {customer: {opt_in: {xero: all}}}", rules.parse(rules.export(SHIPPED)))
    assert (again.opt_in.xero, again.opt_in.group) == ("all", "")


@pytest.mark.parametrize("group", ["{}", "{gruop: VIP}", "{group: }", "{group: [VIP]}"])
def test_sharing_by_group_names_the_group(group):
    assert "kinds.customer.opt_in.xero" in problems(f"kinds: {{customer: {{opt_in: {{xero: {group}}}}}}}")[0]


def test_a_value_that_is_missing_in_a_map_is_named():
    (problem,) = problems("kinds: {customer: {fields: {phone: {values: {Gold: }}}}}")
    assert problem == "line 1, kinds.customer.fields.phone.values: 'Gold': a value is missing"


def test_a_policy_of_the_kind_reaches_the_fields_that_did_not_override_it():
    kind = customer("kinds: {customer: {policy: salesforce, fields: {fax: {policy: newest}}}}")
    assert kind.field("phone").policy is Policy.SALESFORCE
    assert kind.field("fax").policy is Policy.NEWEST
    assert kind.field("name").policy is Policy.ASK


def test_a_field_of_ones_own_is_added_behind_the_others():
    kind = customer(
        "kinds: {customer: {policy: xero, fields: {company: {salesforce: Company__c, xero: companynumber}}}}"
    )
    rule = kind.fields[-1]
    assert (rule.key, rule.salesforce, rule.xero) == ("company", "Company__c", "CompanyNumber")
    assert (rule.comparison, rule.policy, rule.flow) == ("tax", Policy.XERO, Flow.BOTH)
    assert kind.fields[:-1] != ()


def test_the_vendors_own_spelling_of_a_standard_field_is_kept():
    rule = field_of("salesforce: FAX, xero: phones.mobile", "fax")
    assert (rule.salesforce, rule.xero) == ("Fax", "Phones.MOBILE")


def test_a_field_moved_to_an_address_is_compared_as_one():
    kind = customer("kinds: {customer: {fields: {billing: {xero: Name, salesforce: Site}, name: {flow: off}}}}")
    assert (kind.field("billing").members, kind.field("billing").comparison) == ((), "name")


def test_a_field_may_answer_first_differences_its_own_way_or_no_longer():
    base = rules.parse("kinds: {customer: {fields: {phone: {first: filled}}}}")
    assert base.kinds["customer"].field("phone").first is First.FILLED
    assert "first: filled, " in rules.export(base)
    assert customer("kinds: {customer: {fields: {phone: {first: }}}}", base).field("phone").first is None


def test_every_fault_is_named_at_once_with_its_line_and_path():
    text = """\
version: 2
kinds:
  customer:
    create: sideways
    fields:
      website: {salesforce: Website,
                flow: both}
      phone: {flwo: off, policy: newest}
      vat: {salesforce: Vat__c}
  person: {create: both}
schedule: {every_minutes: 0, full_compare: 25:00}
"""
    assert problems(text) == (
        "line 1, version: '2' is not known here; write 1",
        "line 4, kinds.customer.create: 'sideways' is not known here; write S2X or X2S or both or none",
        "line 8, kinds.customer.fields.phone.flwo: there is no such setting; is it flow?",
        "line 9, kinds.customer.fields.vat: a field that is new here needs both names: salesforce and xero",
        "line 10, kinds.person: there is no such setting; known: customer",
        "line 11, schedule.every_minutes: '0' is no whole number from 1 to 10080",
        "line 11, schedule.full_compare: '25:00' is no time of day, such as 02:30, nor off",
        f"line 7, {WEBSITE_IS_FORCED}",
    )


@pytest.mark.parametrize(
    ("settings", "key", "why"),
    [
        ("flow: S2X", "website", "Xero's Website is read-only"),
        ("salesforce: 'Phone; DROP'", "phone", "is no API name of a Salesforce field"),
        ("salesforce: 1Phone", "phone", "is no API name of a Salesforce field"),
        ("salesforce: ''", "phone", "a value is missing"),
        ("salesforce: [Phone]", "phone", "one value is expected"),
        ("xero: Phones.OFFICE", "phone", "Xero has no 'Phones.OFFICE' to share; is it Phones"),
        ("xero: ContactNumber", "phone", "Xero has no 'ContactNumber' to share"),
        ("salesforce: sync_with_xero__c", "phone", "Concord's or Salesforce's own"),
        ("salesforce: Xero_Contact_Id__c", "phone", "Concord's or Salesforce's own"),
        ("salesforce: IsDeleted", "phone", "Concord's or Salesforce's own"),
        ("salesforce: Fax", "phone", "another field is written to Salesforce's Fax too"),
        ("salesforce: BillingCity", "phone", "another field is written to Salesforce's BillingCity too"),
        ("xero: Phones.FAX", "phone", "another field is written to Xero's Phones.FAX too"),
        ("xero: Addresses.POBOX, flow: off", "phone", "an address is named by its prefix"),
        ("salesforce: Billing, flow: off", "phone", "is a whole address"),
        ("comparison: address", "phone", "is no address"),
        ("comparison: text", "billing", "is an address and is compared as one"),
        ("comparison: fuzzy", "phone", "is not known here"),
        ("blank: x", "phone", "write carry or keep or fill"),
        ("salesforce: Phone", "Two Words", "a field's key is small letters"),
        ("salesforce: A__c, xero: CompanyNumber", "x" * 41, "a field's key is small letters"),
    ],
)
def test_a_field_that_cannot_hold_is_refused_with_the_reason(settings, key, why):
    found = problems(f"kinds: {{customer: {{fields: {{{key}: {{{settings}}}}}}}}}")
    assert any(f"kinds.customer.fields.{key}" in problem and why in problem for problem in found), found


@pytest.mark.parametrize("share", ["1.5", "-0.1", "25%", "nan", "1e-1", "many"])
def test_a_share_is_a_number_from_0_to_1(share):
    assert "no share" in problems(f"kinds: {{customer: {{limits: {{updates_share: {share}}}}}}}")[0]


@pytest.mark.parametrize("number", ["-1", "1.0", "1_000", "0x10", "1000001", "9" * 5000, "١٢"])
def test_a_limit_is_a_whole_number(number):
    assert "no whole number" in problems(f"kinds: {{customer: {{limits: {{creates: {number}}}}}}}")[0]


def test_there_is_an_end_to_the_fields_of_ones_own():
    extra = ", ".join(f"f{number}: {{salesforce: F{number}__c, xero: Name, flow: X2S}}" for number in range(200))
    assert problems(f"kinds: {{customer: {{fields: {{{extra}}}}}}}") == (
        "line 1, kinds.customer.fields: there are more than 200 fields",
    )


def test_two_fields_may_read_one_place():
    kind = customer(
        "kinds: {customer: {fields: {alias: {salesforce: Alias__c, xero: Name, flow: X2S}, fax: {flow: off}}}}"
    )
    assert kind.field("alias").flow is Flow.X2S


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kinds:\n  customer:\n\tcreate: S2X", "line 3, column 1, kinds.customer: found character '\\t'"),
        ("kinds: {customer: {create: S2X", "line 1, column 31, kinds.customer: expected ',' or '}'"),
        ("kinds: {customer: {}}\nkinds: {}", "line 2, column 1: kinds is given twice"),
        ("a: &x 1\nb: *x", "line 2, column 4, b: an alias (*) is not taken"),
        ("a: !!python/object:os.system {}", "line 1, column 4, a: a tag (!) is not taken"),
        ("!!int 1: 2", "line 1, column 1: a key must be a word"),
        ("? [a]\n: b", "a key must be a word"),
        ("--- {}\n--- {}", "a second document begins here"),
        ("a: \x07", "line 1, column 4: this character is not allowed"),
        ('a: 1\nb: "\\UFFFFFFFF"', "after this place an escape names no character"),
        ("[" * 5000, "it is nested deeper than 16 levels"),
        ("a: " + "{a: " * 500, "it is nested deeper than 16 levels"),
        ("# " + "x" * 256 * 1024, "it is longer than 256 kB"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_line_column_and_key(text, problem):
    assert problem in problems(text)[0]


@pytest.mark.parametrize(
    "text", ["just words", "- a\n- b", "kinds: [customer]", "kinds: {customer: {fields: [phone]}}"]
)
def test_a_document_of_another_shape_is_refused(text):
    assert "here settings are expected" in problems(text)[0]


def test_what_differs_is_told_setting_by_setting():
    new = rules.parse(
        "kinds: {customer: {opt_in: {xero: {group: VIP}}, fields: {fax: {flow: off}}}}\nschedule: {full_compare: off}"
    )
    assert rules.changes(SHIPPED, new) == (
        rules.Change("kinds.customer.opt_in.xero", "none", "group VIP"),
        rules.Change("kinds.customer.fields.fax.flow", "both", "off"),
        rules.Change("schedule.full_compare", "02:30", ""),
    )
    assert rules.changes(new, new) == ()


def test_a_field_that_is_new_differs_in_all_its_settings():
    new = rules.with_field(SHIPPED, "customer", "company", salesforce="Company__c", xero="CompanyNumber")
    changed = rules.changes(SHIPPED, new)
    assert {change.before for change in changed} == {""}
    assert rules.Change("kinds.customer.fields.company.flow", "", "both") in changed


def test_an_arrow_is_turned():
    turned = rules.with_field(SHIPPED, "customer", "phone", flow=Flow.X2S, blank="keep")
    assert turned.kinds["customer"].field("phone").flow is Flow.X2S
    assert [change.path for change in rules.changes(SHIPPED, turned)] == [
        "kinds.customer.fields.phone.flow",
        "kinds.customer.fields.phone.blank",
    ]


@pytest.mark.parametrize("flow", [Flow.BOTH, Flow.S2X, "both"])
def test_an_arrow_that_a_side_cannot_honour_is_refused_with_the_reason(flow):
    with pytest.raises(Usage) as caught:
        rules.with_field(SHIPPED, "customer", "website", flow=flow)
    assert caught.value.problems == (WEBSITE_IS_FORCED,)


@pytest.mark.parametrize(("kind", "key"), [("person", "phone"), ("customer", "unheard")])
def test_an_arrow_of_an_unknown_field_is_refused(kind, key):
    with pytest.raises(Usage):
        rules.with_field(SHIPPED, kind, key, flow="off")


def test_the_stored_version_of_the_rules_is_kept_by_an_edit():
    numbered = rules.revise(Rules(SHIPPED.kinds, SHIPPED.schedule, 7), {"schedule": {"every_minutes": 5}})
    assert (numbered.version, numbered.schedule.every_minutes) == (7, 5)
