"""The guides' Markdown as a page: headings, paragraphs, tables, numbered lists, code, and no more than the guides use.

Everything is escaped before anything is marked up, so that no text can bring markup of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

_INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\*([^*]+)\*")
_TAGS = ("code", "b", "i")
_NUMBER = re.compile(r"\d+\.\s+")


def page(text: str) -> Markup:
    """The text without its title, which is the page's own."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n").join(_block(block.splitlines()) for block in blocks if not block.startswith("# "))


def _block(lines: Sequence[str]) -> Markup:
    first = lines[0]
    if all(line.startswith("    ") for line in lines):
        return Markup('<pre class="source" tabindex="0">{}</pre>').format("\n".join(line[4:] for line in lines))
    if first.startswith("#"):
        return Markup("<h2>{}</h2>").format(_inline(first.lstrip("# ")))
    if first.startswith("|"):
        return _table([[cell.strip() for cell in line.strip("|").split("|")] for line in lines])
    if _NUMBER.match(first):
        return Markup("<ol>{}</ol>").format(Markup("").join(_items(lines)))
    return Markup("<p>{}</p>").format(_inline(" ".join(lines)))


def _table(rows: Sequence[Sequence[str]]) -> Markup:
    """The second row is the line under the head."""
    names, body = rows[0], rows[2:]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(_inline(name)) for name in names)
    lines = Markup("").join(Markup("<tr>{}</tr>").format(_cells(names, row)) for row in body)
    return Markup('<table class="list cards"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, lines)


def _cells(names: Sequence[str], row: Sequence[str]) -> Markup:
    cell = Markup('<td data-label="{}">{}</td>')
    return Markup("").join(cell.format(name, _inline(text)) for name, text in zip(names, row, strict=True))


def _items(lines: Sequence[str]) -> list[Markup]:
    """One a number; a line without one goes on with the item before."""
    items: list[str] = []
    for line in lines:
        if _NUMBER.match(line):
            items.append(_NUMBER.sub("", line, count=1))
        else:
            items[-1] += f" {line.strip()}"
    return [Markup("<li>{}</li>").format(_inline(item)) for item in items]


def _inline(text: str) -> Markup:
    parts, at = [], 0
    for found in _INLINE.finditer(text):
        name, inner = next((tag, inner) for tag, inner in zip(_TAGS, found.groups(), strict=True) if inner is not None)
        parts += [escape(text[at : found.start()]), Markup("<{0}>{1}</{0}>").format(name, inner)]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])
