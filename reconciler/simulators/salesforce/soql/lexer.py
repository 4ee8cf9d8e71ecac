"""Cuts a query into tokens.  Knows how literals are written and nothing of grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.simulators.salesforce.soql.faults import malformed

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\dT]))
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<relative>[A-Za-z_]+:\d+)
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "'": "'",
    '"': '"',
    "\\": "\\",
    "_": "\\_",
    "%": "\\%",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `kind` is a name of the pattern above, or `end`."""

    kind: str
    text: str
    at: int

    def says(self, word: str) -> bool:
        return self.kind in {"word", "sign"} and self.text.upper() == word


def tokens(text: str) -> list[Token]:
    return [*_cut(text), Token("end", "<EOF>", len(text))]


def _cut(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise malformed(text, at, f"line 1:{at} no viable alternative at character '{text[at]}'")
        if found.lastgroup != "blank":
            yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()


def unquote(token: Token, text: str, *, pattern: bool = False) -> str:
    r"""The value of a string literal.  `\_` and `\%` stay escaped, and in a pattern of LIKE `\\` too."""

    def plain(escape: re.Match[str]) -> str:
        letter = escape.group(1)
        if len(letter) > 1:
            return chr(int(letter[1:], 16))
        if letter == "\\" and pattern:
            return escape.group()
        if letter.lower() in _ESCAPES:
            return _ESCAPES[letter.lower()]
        raise malformed(text, token.at, f"Illegal character sequence '\\{letter}' in string literal")

    found = re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", plain, token.text[1:-1], flags=re.DOTALL)
    try:
        return found.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise malformed(text, token.at, "Illegal character sequence in string literal") from error
