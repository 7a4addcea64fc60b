"""What a page's templates know of its actions: `form(...)` opens a form, `field(...)` gives a value and its error."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

from routegen.actions.names import FieldPath, path_of
from routegen.pages import script

ARGUMENTS_FIELD = "$args"
ONCE_FIELD = "$once"
"""The hidden fields of our own; no Python name begins with `$`, so they can never be a field of the form."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form that came back to its page: what was typed in (never secrets or files), and what is wrong with it."""

    action: str
    status: int = 200
    arguments: str = "{}"
    values: Mapping[FieldPath, Sequence[str]] = field(default_factory=dict[FieldPath, Sequence[str]])
    errors: Mapping[FieldPath, str] = field(default_factory=dict[FieldPath, str])
    state: Any = ""


@dataclass(frozen=True, slots=True)
class BoundAction:
    """An action as templates see it: its name, and arguments that the page gives along, signed."""

    name: str
    multipart: bool
    once: bool
    sign: Callable[[str, str], str]
    issue: Callable[[str], str]
    encode: Callable[[Sequence[Any], Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def bind(self, *values: Any, **named: Any) -> "BoundAction":
        """The action with these arguments, after those bound already. Whoever gets the page can read them, not
        change them.

        Raises:
            TypeError: the action has no such argument.
        """
        return replace(self, arguments=self.encode(values, named, self.arguments))


class FormOpener:
    """`form` in a template: opens a form of an action, and tells what is wrong with the one that came back."""

    def __init__(self, submitted: Submitted | None, query: str) -> None:
        self._submitted = submitted
        self._query = query
        self.current: tuple[str, str] | None = None

    def __call__(self, action: Any, **attributes: Any) -> Markup:
        """The opening tag and the hidden fields. Further attributes are HTML's: `class_="card"`, `hx_post="…"`.

        Raises:
            TypeError: it is no action of this page.
        """
        if not isinstance(action, BoundAction):
            raise TypeError(
                f"form({_shown(action)}): this page has no such action; its nearest `actions.py` has them"
            )
        arguments = canonical(action.arguments)
        self.current = (action.name, arguments)
        target = f"?/{action.name}" + (f"&{self._query}" if self._query else "")
        own: dict[str, Any] = {"method": "post", "action": target}
        if action.multipart:
            own["enctype"] = "multipart/form-data"
        html = f"<form{_attributes({**own, **attributes})}>"
        if action.arguments:
            html += _hidden(ARGUMENTS_FIELD, action.sign(action.name, arguments))
        if action.once:
            html += _hidden(ONCE_FIELD, action.issue(action.name))
        return Markup(html)

    @property
    def submitted(self) -> Submitted | None:
        """What came back to the form that is open, or to the only one there is when none was opened here."""
        mine = self._submitted
        if mine is None or self.current not in (None, (mine.action, mine.arguments)):
            return None
        return mine

    @property
    def error(self) -> str:
        """What is wrong with the form as a whole; empty when nothing is."""
        return self.submitted.errors.get((), "") if self.submitted else ""

    @property
    def errors(self) -> Mapping[FieldPath, str]:
        """Everything that is wrong with the form."""
        return self.submitted.errors if self.submitted else {}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form that is open. Written as it is, it is the attributes of an input."""

    name: str
    values: tuple[str, ...]
    error: str

    @property
    def value(self) -> str:
        """What was typed in, else what the page says; never a password."""
        return self.values[-1] if self.values else ""

    @property
    def id(self) -> str:
        """An id for the input; `<id>-error` is where its error goes."""
        return "-".join(part for part in path_of(self.name) if part)

    def has(self, value: object) -> bool:
        """Whether this value was chosen: for check boxes, radio buttons and options."""
        return str(value) in self.values

    def __html__(self) -> str:
        own: dict[str, Any] = {"name": self.name, "id": self.id, "value": self.value}
        if self.error:
            own.update({"aria-invalid": "true", "aria-describedby": f"{self.id}-error"})
        return _attributes(own).lstrip()


def field_of(form: FormOpener) -> Callable[..., Field]:
    """`field` for the templates of one rendering."""

    def field(name: str, initial: object = "") -> Field:
        """The field of this name. `initial` is its value, or list of values, before anything was typed in."""
        submitted, path = form.submitted, path_of(name)
        error = submitted.errors.get(path, "") if submitted else ""
        if submitted is not None and submitted.status != 200:
            return Field(name, tuple(submitted.values.get(path, ())), error)
        initials = initial if isinstance(initial, list | tuple | set) else [initial]  # pyright: ignore[reportUnknownVariableType]
        return Field(name, tuple("" if one is None else str(one) for one in initials), error)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    return field


def script_tag(root_path: str) -> Markup:
    """The tag of the optional script; a strict `Content-Security-Policy` needs `script-src 'self'` for it."""
    return Markup('<script src="{}{}?{}" defer></script>').format(
        root_path.rstrip("/"), script.PATH, script.VERSION
    )


def canonical(arguments: Mapping[str, Any]) -> str:
    """Bound arguments as they are signed and compared."""
    return json.dumps(arguments, separators=(",", ":"), sort_keys=True) if arguments else "{}"


def _shown(value: object) -> str:
    """A value for messages; of a name that nobody has given, the name."""
    return str(value._undefined_name) if isinstance(value, Undefined) else repr(value)  # pyright: ignore[reportPrivateUsage]


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _attributes(attributes: Mapping[str, Any]) -> str:
    """HTML attributes: `class_` is `class`, `hx_post` is `hx-post`; True is a bare one, False and None are none."""
    html = ""
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-") if "_" in key else key
        if value is True:
            html += f" {escape(name)}"
        elif value is not None and value is not False:
            html += f' {escape(name)}="{escape(value)}"'
    return html
