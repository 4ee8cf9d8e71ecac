"""Both twins with 100,000 customers: how soon they serve, what they weigh, how long a full page takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks.measured import Measured

RECORDS = 100_000
PAGES = 20
CLIENT = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
FIELDS = "Id, Name, Phone, Fax, AccountNumber, Website, Email__c, Tax_Number__c, Sync_with_Xero__c, SystemModstamp"


def measure() -> Iterator[Measured]:
    """In a process of their own, over real sockets, as a stranger meets them."""
    command = [sys.executable, "-m", "reconciler", "simulate", "--salesforce-port", "0", "--xero-port", "0"]
    begun = time.perf_counter()
    with subprocess.Popen(
        [*command, "--scenario", "synced", "--records", str(RECORDS)], stdout=subprocess.PIPE, text=True
    ) as twins:
        try:
            assert twins.stdout is not None
            where = json.loads(twins.stdout.readline())
            yield Measured(
                "both simulators with 100,000 customers: ready", time.perf_counter() - begun, "s", "under 20"
            )
            for name, pages in (("Salesforce", salesforce), ("Xero", xero)):
                median = statistics.median(pages(where)) * 1000
                yield Measured(f"both simulators with 100,000 customers: {name} page", median, "ms", "under 150")
            yield Measured("both simulators with 100,000 customers: memory", memory(twins.pid), "MiB", "under 1,024")
        finally:
            twins.terminate()


def salesforce(where: dict[str, str]) -> list[float]:
    """Pages of 2,000 by locator."""
    token = requests.post(f"{where['salesforce']}/services/oauth2/token", data=CLIENT, timeout=30).json()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        path = f"/services/data/v66.0/query?q=SELECT {FIELDS} FROM Account ORDER BY SystemModstamp, Id"
        seconds = []
        for _ in range(PAGES):
            taken, page = timed(session, where["salesforce"] + path)
            seconds.append(taken)
            assert len(page["records"]) == 2000
            path = page["nextRecordsUrl"]
    return seconds


def xero(where: dict[str, str]) -> list[float]:
    """Pages of 1,000, with everything a contact has."""
    requests.post(f"{where['xero']}/_sim/settings", json={"minute_limit": 100_000}, timeout=30)
    token = requests.post(f"{where['xero']}/connect/token", data=CLIENT, timeout=30).json()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        seconds = []
        for number in range(1, PAGES + 1):
            query = f"page={number}&pageSize=1000&order=ContactID&includeArchived=true"
            taken, page = timed(session, f"{where['xero']}/api.xro/2.0/Contacts?{query}")
            seconds.append(taken)
            assert len(page["Contacts"]) == 1000
    return seconds


def timed(session: requests.Session, url: str) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = session.get(url, timeout=60)
    taken = time.perf_counter() - begun
    answer.raise_for_status()
    return taken, answer.json()


def memory(pid: int) -> float:
    """The most the process ever held, in MiB; nan where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    peak = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024
