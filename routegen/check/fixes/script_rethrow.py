"""Lets what Next.js throws on purpose through a `catch`: `redirect()`, `notFound()`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from routegen.check.finding import Fix
from routegen.check.fixes.edits import fix, insert, is_first
from routegen.check.fixes.script_imports import importing
from routegen.check.fixes.script_style import LANG, indented, node_at, style_of
from routegen.handlers import Handler
from routegen.handlers.contents import content_of
from routegen.handlers.function import Block

_SINCE = 15
"""The version of Next.js whose `unstable_rethrow` knows all of its own errors."""


def let_through(handler: Handler, block: Block, *, safe: bool) -> Fix | None:
    """`unstable_rethrow(error)` first in the `catch`; None where the project's Next.js has none, or is not known."""
    module, scope = handler.module, handler.scope
    clause = node_at(module, block.span)
    body = clause.child_by_field_name("body") if clause is not None else None
    if scope is None or clause is None or body is None or len(body.named_children) == 0:
        return None
    first = body.named_children[0]
    if not is_first(module, first.start_byte) or _version(handler.path, handler.context.contents) < _SINCE:
        return None
    found = importing(scope, ("next/navigation", "unstable_rethrow"))
    name = block.names[0] if block.names else ""
    if found is None or (name and not name.isidentifier()):
        return None
    style, indent = style_of(module), indented(module, first)
    line = insert(module, first.start_byte, f"{found[0][0]}({name or 'error'}){style.end}\n{indent}")
    bound = () if name else (insert(module, clause.start_byte + len("catch"), " (error)"),)
    return fix("let it through", line, bound, found[1], safe=safe, lang=LANG)


def _version(file: Path, contents: Mapping[Path, bytes]) -> int:
    """The version of Next.js that the `package.json` above a file asks for; 0 when it is not known."""
    for folder in file.parents:
        try:
            package = json.loads(content_of(folder / "package.json", contents))
            wanted = package.get("dependencies", {}).get("next")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(wanted, str):
            match = re.search(r"\d+", wanted)
            return int(match[0]) if match else _SINCE if wanted in ("latest", "canary") else 0
    return 0
