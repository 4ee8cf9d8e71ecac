"""The person's window: find, edit, delete, undelete and merge accounts; watch calls; switch faults on.

Goes through the same door as /_sim/edit, so whatever can be done here can be scripted.  No script and no state: a form
is answered by a redirect that carries the notice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from reconciler.simulators.kit import Refused, Rig
from reconciler.simulators.kit.workshop import add_workshop
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.values import Record, read_id

PER_PAGE = 50
SEARCHED = ("Name", "AccountNumber", "Phone", "Email__c")
TEXTS = ("Name", "AccountNumber", "Phone", "Fax", "Website", "Email__c", "Tax_Number__c", "Xero_Contact_Id__c")
PARTS = ("Street", "City", "State", "PostalCode", "Country")
ADDRESSES = tuple(f"{prefix}{part}" for prefix in ("Billing", "Shipping") for part in PARTS)
FLAG = "Sync_with_Xero__c"
DONE = {"delete": "Deleted.", "undelete": "Undeleted.", "merge": "Merged."}
DATA = "^/services/data/"


def pages(twin: SalesforceTwin, rig: Rig) -> Blueprint:
    """Build the blueprint; every page is a method of `Pages`."""
    blueprint = Blueprint("window", __name__, template_folder="templates")
    blueprint.register_error_handler(Refused, _refused)
    routes = Pages(twin)
    blueprint.get("/")(routes.home)
    blueprint.get("/window/account/<key>")(routes.account)
    blueprint.post("/window/account/<key>")(routes.save)
    blueprint.post("/window/account/<key>/<any(delete, undelete, merge):doing>")(routes.act)
    blueprint.get("/window/new")(routes.new)
    blueprint.post("/window/new")(routes.create)
    add_workshop(blueprint, rig, DATA, _page, lambda _choice: None)
    return blueprint


class Pages:
    """Shows the organisation, and carries out what a person does to it."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin = twin

    def home(self) -> str:
        term = request.args.get("q", "").strip()
        with self._twin.org.lock:
            found = self._find(term.lower())
        last = max(1, math.ceil(len(found) / PER_PAGE))
        asked = request.args.get("page", "")
        page = min(last, max(1, int(asked[:9]))) if asked.isdecimal() else 1
        accounts = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        return _page(
            "home", "Accounts", accounts=accounts, total=len(found), page=page, last=last, q=term,
            about=self._twin.about(),
        )  # fmt: skip

    def _find(self, term: str) -> list[Record]:
        accounts = self._twin.org.tables["Account"].all()
        found = [each for each in accounts if any(term in str(each.get(name) or "").lower() for name in SEARCHED)]
        return sorted(found, key=lambda account: str(account["Name"]).lower())

    def account(self, key: str) -> str:
        with self._twin.org.lock:
            account = self._found(key)
            survivor = self._twin.org.tables["Account"].get(account["MasterRecordId"] or "")
            history = [
                row for row in self._twin.org.tables["AccountHistory"].all() if row["AccountId"] == account["Id"]
            ]
            editor = self._twin.org.tables["User"].get(account["LastModifiedById"])
            return self._form(account["Name"], account, survivor=survivor, history=history[::-1], editor=editor)

    def new(self) -> str:
        with self._twin.org.lock:
            return self._form("New account", None)

    def _form(self, title: str, account: Record | None, **more: Any) -> str:
        labels = {name: column.label for name, column in self._twin.org.objects["Account"].by_name.items()}
        people = [user["Name"] for user in self._twin.org.tables["User"].all()]
        who = {user["Id"]: user["Name"] for user in self._twin.org.tables["User"].all()}
        return _page(
            "account", title, account=account or {}, labels=labels, texts=TEXTS, addresses=ADDRESSES, flag=FLAG,
            people=people[1:] + people[:1], who=who, **more,
        )  # fmt: skip

    def _found(self, key: str) -> Record:
        try:
            account = self._twin.org.tables["Account"].get(read_id(key, "malformed id"))
        except ApiError:
            account = None
        if account is None:
            raise Refused("There is no such account.")
        return account

    def create(self) -> AnyResponse:
        fields = {name: value for name, value in _sent(request.form).items() if value}
        done = self._twin.edit({"as": request.form.get("as"), "do": "create", "fields": fields})
        return _to_account(done["id"], "Created.")

    def save(self, key: str) -> AnyResponse:
        """Write only what differs: a form holds every field, but a person edited few."""
        account = self._found(key)
        fields = {name: value for name, value in _sent(request.form).items() if value != (account[name] or "")}
        fields = {name: value for name, value in fields.items() if name != FLAG or value != account[FLAG]}
        if fields:
            self._twin.edit({"as": request.form.get("as"), "do": "update", "id": key, "fields": fields})
        return _to_account(key, "Saved." if fields else "Nothing was changed.")

    def act(self, key: str, doing: str) -> AnyResponse:
        loser = request.form.get("loser", "").strip()
        self._twin.edit({"as": request.form.get("as"), "do": doing, "id": key, "loser": loser})
        return _to_account(key, DONE[doing])


def _sent(form: Mapping[str, str]) -> dict[str, Any]:
    texts = {name: form[name].strip() for name in (*TEXTS, *ADDRESSES) if name in form}
    return {**texts, FLAG: FLAG in form}


def _to_account(key: str, notice: str) -> AnyResponse:
    return redirect(url_for("window.account", key=key, notice=notice), code=303)


def _page(name: str, title: str, **values: Any) -> str:
    notice = request.args.get("notice", "")
    return render_template(f"salesforce/{name}.html", vendor="Salesforce", title=title, notice=notice, **values)


def _refused(refused: Refused) -> Response:
    return Response(_page("refused", "Not done", problem=str(refused)), status=400)
