"""Moving through the tokens of a query: looking ahead, taking, and refusing what does not belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.lexer import Token, tokens

T = TypeVar("T")
CLAUSES = {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "ASC", "DESC", "NULLS"}


class Stream:
    """The tokens of one text, and the place reached."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._place = text, tokens(text), 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._place += 1
        return token

    def _accept(self, *words: str) -> bool:
        """Take the words if all of them come next."""
        ahead = self._tokens[self._place : self._place + len(words)]
        if len(ahead) == len(words) and all(token.says(word) for token, word in zip(ahead, words, strict=True)):
            self._place += len(words)
            return True
        return False

    def _expect(self, word: str) -> Token:
        token = self._next
        if not token.says(word):
            raise self._unexpected()
        return self._take()

    def _unexpected(self) -> ApiError:
        return malformed(self._text, self._next.at, f"unexpected token: '{self._next.text}'")

    def _name(self) -> Token:
        if self._next.kind != "word" or self._next.text.upper() in CLAUSES:
            raise self._unexpected()
        return self._take()

    def _listed(self, read: Callable[[], T]) -> tuple[T, ...]:
        found = [read()]
        while self._accept(","):
            found.append(read())
        return tuple(found)
