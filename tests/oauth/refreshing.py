"""Eight processes that renew one side's token as often as they can, and are killed and replaced in between.

Started by `test_kills`.  This process only forks, kills with SIGKILL and forks again, until it is asked to end; it
prints a line for each kill.  A child ends by itself when the sign-in is over.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

from reconciler.adapters.auth import Credentials, TokenSource
from reconciler.adapters.grants import RefreshToken, TokenEndpoint
from reconciler.bootstrap import WallClock
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.settings import Settings, load
from reconciler.store.database import make_engine
from reconciler.store.tokens import StoredTokens
from reconciler.vault import Vault, secret_keys

PROCESSES = 8
TIMEOUT = (0.2, 0.4)
PAUSES = (0.2, 1.2)  # seconds between two kills


def renew(settings: Settings, vault: Vault, side: Side, origin: str, access_id: int) -> None:
    """Renew until killed or signed out."""
    clock = WallClock()
    store = StoredTokens(make_engine(settings.database_url), vault, access_id, side, clock)
    place = "/services/oauth2/token" if side is Side.SALESFORCE else "/connect/token"
    app = Credentials("concord", "concord", consented=True)
    endpoint = TokenEndpoint(side, origin + place, app, clock=clock, timeout=TIMEOUT)
    grant = RefreshToken(endpoint, f"{origin}/services/oauth2/introspect" if side is Side.SALESFORCE else "")
    source, stale = TokenSource(grant, store, clock), None
    while True:
        try:
            stale = source.refresh(stale) if stale is not None else source.get()
        except Denied:
            return
        except Unavailable:
            time.sleep(0.05)


def main(side: Side, origin: str, access_id: int, seed: int) -> None:
    """Fork, kill, fork again, until asked to end."""
    settings, chance, ending = load(), random.Random(seed), []
    vault = Vault(secret_keys(settings))
    signal.signal(signal.SIGTERM, lambda *_: ending.append(1))

    def born() -> int:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            renew(settings, vault, side, origin, access_id)
            os._exit(0)
        return child

    children = [born() for _ in range(PROCESSES)]
    while not ending:
        time.sleep(chance.uniform(*PAUSES))
        index = chance.randrange(PROCESSES)
        os.kill(children[index], signal.SIGKILL)
        _, status = os.waitpid(children[index], 0)
        if os.WIFSIGNALED(status):  # not one that had ended by itself
            print(children[index], flush=True)
        children[index] = born()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Side(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
