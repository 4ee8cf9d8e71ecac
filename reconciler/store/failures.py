"""What a database that cannot serve means to the person who runs Concord: a sentence, and what to do.

Only for errors of the database's world (locked, full, gone): a statement that is wrong is ours, and stays what it is.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from reconciler.errors import Unavailable

DATABASE = (OperationalError, InterfaceError)
_GOES_ON = "Nothing is lost: the next run goes on where this one stopped."
_SIGNS = {
    "locked": ("Another process keeps the database for longer than we wait.", ""),
    "full": ("The disk of the database is full.", "Make room there."),
    "No space left": ("The disk of the database is full.", "Make room there."),
    "disk I/O error": (
        "The database's disk takes nothing more: it is full, limited or failing.",
        "See to the disk.",
    ),
    "readonly": ("The database may not be written.", "Give this user the right to write the file and its folder."),
}


def explained(error: DBAPIError) -> Unavailable:
    """The error as something to wait for."""
    text = str(error.orig)
    for sign, (sentence, remedy) in _SIGNS.items():
        if sign in text:
            return Unavailable(sentence, remedy=f"{remedy} {_GOES_ON}".strip())
    first = text.strip().partition("\n")[0]
    return Unavailable(f"The database does not serve ({first}).", remedy=f"Start it again. {_GOES_ON}")
