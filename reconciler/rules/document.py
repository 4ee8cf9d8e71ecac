"""YAML as a tree of texts that know their line and path.

Every scalar stays the text that was typed: YAML 1.1 would make `off` False, `no` False and `02:30` the number 150.
A document is small, flat and says everything once, so aliases, tags and depth are refused and cannot be abused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.reader import ReaderError

from reconciler.errors import Usage

MOST_BYTES = 256 * 1024
DEEPEST = 16
_STEP = re.compile(r"[^.\[\]]+")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Node:
    """A text, a null, a list or a mapping; `line` counts from 1 and is 0 where there is no document."""

    path: str
    line: int
    content: Content

    @property
    def place(self) -> str:
        """Where it stands, as a person looks for it."""
        return ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.path)))

    def at(self, path: str) -> Node:
        """The node at a path below this one (`kinds.customer.fields`, `all[2].field`), or the nearest above it."""
        nearest = self
        for step in _STEP.findall(path):
            below = nearest.content
            if isinstance(below, Mapping) and step in below:
                nearest = below[step]
            elif isinstance(below, tuple) and step.isdecimal() and int(step) < len(below):
                nearest = below[int(step)]
            else:
                break
        return nearest


Content: TypeAlias = "str | tuple[Node, ...] | Mapping[str, Node] | None"


class _Malformed(Exception):
    """The document is refused here, for this reason."""


def read(text: str) -> Node:
    """Read one document; raises Usage naming line, column and key where it cannot be read."""
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise _unreadable(f"it is longer than {MOST_BYTES // 1024} kB")
    reader = _Reader(text)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(error.problem or error.context or "it is not YAML", mark, reader.path) from error
    except _Malformed as error:
        raise _unreadable(str(error), reader.mark, reader.path) from error
    except ReaderError as error:
        raise _unreadable("this character is not allowed", _mark(text, error.position)) from error
    except (ValueError, OverflowError) as error:
        # PyYAML gives no mark where an escape names no character.
        raise _unreadable("after this place an escape names no character", reader.mark, reader.path) from error


def _mark(text: str, position: int) -> yaml.Mark:
    line = text.count("\n", 0, position)
    return yaml.Mark("", position, line, position - text.rfind("\n", 0, position) - 1, None, 0)


def _unreadable(why: str, mark: yaml.Mark | None = None, path: str = "") -> Usage:
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    fault = ": ".join(filter(None, (", ".join(filter(None, (place, path))), why)))
    return Usage(f"The rules cannot be read: {fault}.", remedy="Correct the document.", problems=(fault,))


class _Reader:
    """Builds the tree from PyYAML's events, remembering the place for the sake of a fault."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self.path = ""
        self.mark: yaml.Mark | None = None

    def document(self) -> Node:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return Node("", 1, {})
        root = self._node(self._next(), "", 0)
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise _Malformed("a second document begins here")
        return root

    def _next(self) -> Any:
        event = next(self._events)
        self.mark = event.start_mark
        return event

    def _node(self, event: Any, path: str, depth: int) -> Node:
        self.path = path
        if isinstance(event, yaml.AliasEvent):
            raise _Malformed("an alias (*) is not taken; write the value out")
        if event.tag is not None:
            raise _Malformed("a tag (!) is not taken")
        if depth > DEEPEST:
            raise _Malformed(f"it is nested deeper than {DEEPEST} levels")
        return Node(path, event.start_mark.line + 1, self._content(event, path, depth))

    def _content(self, event: Any, path: str, depth: int) -> Content:
        if isinstance(event, yaml.SequenceStartEvent):
            return tuple(self._items(path, depth))
        if isinstance(event, yaml.MappingStartEvent):
            return self._members(path, depth)
        text: str = event.value
        return None if event.style is None and text in _NULLS else text

    def _items(self, path: str, depth: int) -> Iterator[Node]:
        number = 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._node(event, f"{path}[{number}]", depth + 1)
            self.path, number = path, number + 1

    def _members(self, path: str, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise _Malformed("a key must be a word")
            if event.value in members:
                raise _Malformed(f"{event.value} is given twice")
            self.path = below = f"{path}.{event.value}" if path else event.value
            members[event.value] = self._node(self._next(), below, depth + 1)
            self.path = path
        return members


def node(content: Any, path: str = "") -> Node:
    """A tree made of plain mappings and words, for an edit that comes from no document."""
    if isinstance(content, Mapping):
        members = {str(key): node(child, f"{path}.{key}" if path else str(key)) for key, child in content.items()}
        return Node(path, 0, members)
    if isinstance(content, list | tuple):
        return Node(path, 0, tuple(node(child, f"{path}[{number}]") for number, child in enumerate(content)))
    return Node(path, 0, None if content is None else str(content))
