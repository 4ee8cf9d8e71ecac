"""The rules of a connection as YAML, and edits to them: read, write, compare.

`parse` takes any part of a document over the rules in force and lists every fault at once.  Nothing here keeps
rules: that is the store's job.
"""

from reconciler.rules.parsing import parse, revise, shipped, understood, with_field
from reconciler.rules.writing import Change, changes, export

__all__ = ["Change", "changes", "export", "parse", "revise", "shipped", "understood", "with_field"]
