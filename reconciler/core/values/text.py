"""Text as both sides can hold it: one form of each letter, one line break, no blanks around it."""

from __future__ import annotations

import re
import unicodedata

# XML 1.0 has no room for these, UTF-8 none for a lone surrogate: neither vendor can hold them.  Tab and line feed stay.
_UNHELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ACCENT = re.compile("[\u0300-\u036f]")
_PLAIN_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})


def clean(value: object) -> str:
    """The canonical form of one text; None and absent are "", and what is no text at all is shown as text."""
    text = "" if value is None else value if isinstance(value, str) else _spelled(value)
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _UNHELD.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip()


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def one_line(value: object) -> str:
    """`clean`, with every inner run of blanks folded to one."""
    return " ".join(clean(value).split())


def lines(value: object) -> str:
    """`clean`, line by line, without blank lines: a street."""
    return "\n".join(line for line in map(one_line, clean(value).split("\n")) if line)


def plain(text: str) -> str:
    """Lower case without accents: for finding, never for carrying.

    Only Latin, Greek and Cyrillic accents go; in other scripts a mark can be a letter of its own.
    """
    if text.isascii():
        return text.lower()
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", bare).translate(_PLAIN_LETTERS).casefold()
