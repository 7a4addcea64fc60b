"""Reads from the source of a webhook handler how its sender signs; nothing of it is run."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.errors import ProjectError
from routegen.webhooks import Scheme, custom

_EXPOSED = re.compile(r"^EXPOSE\s*=\s*[\"']webhook[\"']", re.MULTILINE)
_INBOX = re.compile(
    r"^\s*(from lib\.inbox import|import lib\.inbox|from lib import .*\binbox\b)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Handler:
    """What a `route.py` says.

    Attributes:
        options: of `webhooks.custom(...)`; None where it is not called.
        scheme: made of them.
        variable: `secret_env` of `webhooks.receive(...)`, where it is one name.
        keeps: whether events are kept in the project's inbox.
        error: why the options make no scheme.
    """

    source: str = field(repr=False)
    options: Mapping[str, Any] | None = None
    scheme: Scheme | None = None
    variable: str | None = None
    keeps: bool = False
    error: ProjectError | None = None

    def receives(self, provider: str) -> bool:
        """Whether it names the provider: as a string, or as the name of its own scheme."""
        own = self.scheme.name if self.scheme is not None else "custom" if self.error is not None else ""
        if provider == own:
            return True
        return re.search(rf"[\"']{re.escape(provider)}[\"']", self.source) is not None


def read(file: Path) -> Handler | None:
    """The handler in a `route.py`; None for one that receives no webhooks, or that cannot be read."""
    try:
        source = file.read_text(encoding="utf-8")
        calls = list(_calls(ast.parse(source))) if _EXPOSED.search(source) else None
    except (OSError, ValueError, SyntaxError):
        return None
    if calls is None:
        return None
    own = next((call for name, call in calls if name == "custom"), None)
    options, scheme, error = _scheme(own, file) if own is not None else (None, None, None)
    words = [word for name, call in calls if name == "receive" for word in call.keywords]
    variable = next((_text(word.value) for word in words if word.arg == "secret_env"), None)
    return Handler(source, options, scheme, variable, _INBOX.search(source) is not None, error)


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the last word of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node


def _scheme(
    call: ast.Call, file: Path
) -> tuple[Mapping[str, Any] | None, Scheme | None, ProjectError | None]:
    """The options of `webhooks.custom(...)` and the scheme they make, or why they make none."""
    try:
        options = {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}
    except ValueError:
        message = f"the options of `webhooks.custom(...)` in `{file}` are computed, so they cannot be read"
        return None, None, ProjectError(message, hint='write them as values: `header="X-Signature"`')
    try:
        return options, custom(**options), None
    except (TypeError, ValueError, AttributeError) as error:
        message = f"`webhooks.custom(...)` in `{file}` makes no scheme: {error}"
        return None, None, ProjectError(message, hint="mend it")


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
