"""The person's window: find, edit, archive, restore, merge and group contacts; watch calls; switch faults on.

With several organisations a person looks into one at a time, which the address names; a contact's page is its own's.

It goes through `/_sim/edit`'s own door, so whatever can be done here can be scripted.  No script, no state; a form is
answered by a redirect that carries the notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from reconciler.simulators import scenario as world
from reconciler.simulators.kit import Refused, Rig
from reconciler.simulators.kit.workshop import add_workshop
from reconciler.simulators.xero import listing, shape, where
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.contact import ADDRESS_TYPES, Contact
from reconciler.simulators.xero.front import API
from reconciler.simulators.xero.rules import ADDRESS_LENGTHS
from reconciler.simulators.xero.twin import XeroTwin

PER_PAGE = 50
TEXTS = (
    ("Name", "Name"),
    ("AccountNumber", "Account number"),
    ("EmailAddress", "E-mail"),
    ("TaxNumber", "Tax number"),
    ("Website", "Website"),
    ("ContactNumber", "Contact code"),
)
CODES = (("PhoneCountryCode", "country code"), ("PhoneAreaCode", "area code"))
PHONES = (("DEFAULT", "Phone"), ("FAX", "Fax"), ("MOBILE", "Mobile"), ("DDI", "Direct dial"))
PARTS = (
    *((f"AddressLine{line}", f"Line {line}") for line in range(1, 5)),
    ("City", "City"),
    ("Region", "Region"),
    ("PostalCode", "Postcode"),
    ("Country", "Country"),
    ("AttentionTo", "Attention to"),
)


def pages(twin: XeroTwin, rig: Rig) -> Blueprint:
    blueprint = Blueprint("window", __name__, template_folder="templates")
    blueprint.register_error_handler(Refused, _refused)
    _add_contacts(blueprint, twin)
    _add_acts(blueprint, twin)
    add_workshop(blueprint, rig, API, lambda *names, **values: _page(*names, twin=twin, **values), _chosen(twin))
    return blueprint


def _chosen(twin: XeroTwin) -> Callable[[str], None]:
    def carry_out(choice: str) -> None:
        doing, _, key = choice.partition(" ")
        if doing in ("disconnect", "connect"):
            with twin.lock:
                for company in [twin.company(key)] if key else [*twin.companies.values()]:
                    company.connect() if doing == "connect" else company.disconnect()

    return carry_out


def _add_contacts(blueprint: Blueprint, twin: XeroTwin) -> None:
    @blueprint.get("/")
    def home() -> str:
        with twin.lock:
            return _home(twin, request.args)

    @blueprint.get("/window/contact/<key>")
    def contact(key: str) -> str:
        with twin.lock:
            return _contact(twin, key)

    @blueprint.get("/window/new")
    def new() -> str:
        with twin.lock:
            company = twin.company(request.args.get("organisation", ""))
            return _page("contact", "New contact", twin=twin, contact=None, **_form_parts(twin, company))


def _add_acts(blueprint: Blueprint, twin: XeroTwin) -> None:
    @blueprint.post("/window/new")
    def create() -> Answer:
        given = {"as": request.form.get("as"), "organisation": request.form.get("organisation")}
        done = twin.edit({**given, "do": "create", "fields": _sent(request.form)})
        return _to_contact(done["id"], "Created.")

    @blueprint.post("/window/contact/<key>")
    def save(key: str) -> Answer:
        fields = _changed(twin, key, _sent(request.form))
        if fields:
            twin.edit({"as": request.form.get("as"), "do": "update", "id": key, "fields": fields})
        return _to_contact(key, "Saved." if fields else "Nothing was changed.")

    @blueprint.post("/window/contact/<key>/<any(archive, restore, merge):doing>")
    def act(key: str, doing: str) -> Answer:
        loser = request.form.get("loser", "").strip()
        twin.edit({"as": request.form.get("as"), "do": doing, "id": key, "loser": loser})
        return _to_contact(key, {"archive": "Archived.", "restore": "Restored.", "merge": "Merged."}[doing])


def _home(twin: XeroTwin, args: Mapping[str, str]) -> str:
    company = twin.company(args.get("organisation", ""))
    term, number = args.get("q", "").strip(), max(1, int(args["page"][:9]) if args.get("page", "").isdecimal() else 1)
    asked = listing.Question(
        term=where.fold(term), archived=True, order=(("Name", False),), page=listing.Page(number, PER_PAGE)
    )
    keys, pagination = listing.paged(listing.found(company.book, asked), asked.page)
    shown = {"contacts": [company.book.contacts[key] for key in keys], "pagination": pagination}
    return _page("home", "Contacts", twin=twin, company=company, **shown, q=term, about=twin.about())


def _contact(twin: XeroTwin, key: str) -> str:
    company, contact = twin.holder(key), _found(twin, key)
    survivor = company.book.contacts.get(contact.merged_to)
    history = list(reversed(contact.history))
    parts = _form_parts(twin, company)
    return _page("contact", contact.name, twin=twin, contact=contact, survivor=survivor, history=history, **parts)


def _form_parts(twin: XeroTwin, company: Company) -> dict[str, Any]:
    staff = [user["Name"] for user in world.users(twin.about()["seed"]) if user["Name"] != world.INTEGRATION]
    return {
        "company": company,
        "staff": staff,
        "texts": TEXTS,
        "phones": PHONES,
        "codes": CODES,
        "places": (("POBOX", "Postal address"), ("STREET", "Street address")),
        "parts": PARTS,
        "groups": list(company.book.groups.values()),
    }


def _sent(form: Any) -> dict[str, Any]:
    """The form's fields in the vendor's shape."""
    fields: dict[str, Any] = {key: form[key].strip() for key, _ in TEXTS if key in form}
    fields["Phones"] = [
        {
            "PhoneType": kind,
            "PhoneNumber": form[kind].strip(),
            **{code: form.get(f"{kind}.{code}", "").strip() for code, _ in CODES},
        }
        for kind, _ in PHONES
        if kind in form
    ]
    fields["Addresses"] = [
        {"AddressType": kind, **{part: form.get(f"{kind}.{part}", "").strip() for part in ADDRESS_LENGTHS}}
        for kind in ADDRESS_TYPES
    ]
    fields["ContactGroups"] = [{"Name": name} for name in form.getlist("group")]
    fields["IsCustomer"], fields["IsSupplier"] = "IsCustomer" in form, "IsSupplier" in form
    return {key: value for key, value in fields.items() if value not in ("", [])} if "new" in form else fields


def _changed(twin: XeroTwin, key: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Only what differs from the contact: a form holds every field, but a person edited few."""
    with twin.lock:
        contact = _found(twin, key)
        shown = shape.single(contact, twin.holder(key).book.groups)
    fields = {name: sent[name] for name, _ in TEXTS if sent.get(name, "") != shown.get(name, "").strip()}
    fields |= {name: sent[name] for name in ("IsCustomer", "IsSupplier") if sent[name] != shown[name]}
    phones = [slot for slot in sent["Phones"] if not _same(contact.phones.get(slot["PhoneType"], {}), slot)]
    places = [slot for slot in sent["Addresses"] if not _same(contact.addresses.get(slot["AddressType"], {}), slot)]
    names = [group["Name"] for group in shown["ContactGroups"]]
    groups = sent["ContactGroups"] if [one["Name"] for one in sent["ContactGroups"]] != names else None
    parts = {"Phones": phones or None, "Addresses": places or None, "ContactGroups": groups}
    return fields | {name: value for name, value in parts.items() if value is not None}


def _same(kept: Mapping[str, str], slot: Mapping[str, str]) -> bool:
    """But for blanks around a value, which no form gives back."""
    return all(kept.get(part, "").strip() == value for part, value in slot.items() if not part.endswith("Type"))


def _found(twin: XeroTwin, key: str) -> Contact:
    contact = twin.holder(key).book.by_key(key)
    if contact is None:
        raise Refused("There is no such contact.")
    return contact


def _to_contact(key: str, notice: str) -> Answer:
    return redirect(url_for("window.contact", key=key, notice=notice), code=303)


def _page(name: str, title: str, *, twin: XeroTwin | None = None, **values: Any) -> str:
    """`several`: every organisation, where there is more than one to look into."""
    notice, companies = request.args.get("notice", ""), list(twin.companies.values()) if twin else []
    several = companies if len(companies) > 1 else []
    shown = {"vendor": "Xero", "title": title, "notice": notice, "companies": companies, "several": several}
    return render_template(f"xero/{name}.html", **shown, **values)


def _refused(refused: Refused) -> Response:
    return Response(_page("refused", "Not done", problem=str(refused)), status=400)
