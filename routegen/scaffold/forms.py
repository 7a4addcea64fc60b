"""Turns the fields of a form as they are typed (`email:email message:text`) into the lines that its templates write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from routegen.errors import UsageError
from routegen.scaffold.columns import WIDTH
from routegen.scaffold.fields import FieldSpec, read_fields
from routegen.scaffold.location import Location
from routegen.scaffold.naming import identifier, shown

WITHOUT_INPUT: Final = ("json", "ref")
"""The types of fields that no form has an input for."""

_TYPES: Final = {
    **dict.fromkeys(("str", "text"), "str"),
    **{name: name for name in ("int", "float", "bool", "date", "datetime")},
    "decimal": "Decimal",
    "uuid": "UUID",
    "email": "Email",
    "url": "Url",
}
_INPUTS: Final = {
    "int": 'type="number"',
    "float": 'type="number" step="any"',
    "decimal": 'type="number" step="any"',
    "date": 'type="date"',
    "datetime": 'type="datetime-local"',
    "email": 'type="email"',
    "url": 'type="url"',
}
_SAMPLES: Final = {
    "str": "Ada",
    "text": "Hello there",
    "int": "7",
    "float": "1.5",
    "decimal": "1",
    "bool": "on",
    "date": "2026-01-31",
    "datetime": "2026-01-31T12:00",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "email": "ada@example.com",
    "url": "https://example.com/",
}
_TEXT_LENGTH: Final = 5000
_USED: Final = frozenset({"action", "redirect", "form", "caller", "logger", "logging"})
_IMPORTS: Final = {
    "date": ("datetime", "date"),
    "datetime": ("datetime", "datetime"),
    "decimal": ("decimal", "Decimal"),
    "enum": ("typing", "Literal"),
    "uuid": ("uuid", "UUID"),
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as the templates write it: its line in the model, its input in HTML, and a sample for the test."""

    name: str
    label: str
    kind: str
    line: str
    input: str
    required: bool
    members: tuple[str, ...]
    sample: str
    initial: str


def page_context(location: Location, texts: Sequence[str] | None, *, guarded: bool) -> dict[str, Any]:
    """What the templates of a page are given; `texts` are the fields of its form, None for a page without one.

    Raises:
        UsageError: a field that no form can have, with one that it can.
    """
    names = [segment.name for segment in location.url_segments]
    parameters = location.parameters
    shown_values = ", ".join(f"{{{parameter.name}}}" for parameter in parameters)
    page = {
        "title": (names[-1] if names else "Home").replace("-", " ").replace("_", " ").capitalize(),
        "page_parameters": ", ".join(f"{p.name}: {p.annotation}" for p in parameters),
        "page_text": f'f"This page is about {shown_values}."' if parameters else '"Change me in page.py."',
    }
    return page if texts is None else {**page, **_form_context(names, texts, guarded)}


def _form_context(names: Sequence[str], texts: Sequence[str], guarded: bool) -> dict[str, Any]:
    fields = [_field(spec) for spec in _specs(texts)]
    name = identifier(names[-1] if names else "send").strip("_") or "send"
    name = f"{name}_form" if name in _USED else name
    model = "".join(word[:1].upper() + word[1:] for word in name.split("_")) + "Form"
    return {
        "action": name,
        "model": model,
        "signature": _signature(name, [f"form: {model}", *(["caller: SignedIn"] if guarded else [])]),
        "fields": fields,
        "has_required": any(field.required for field in fields),
        "imports": _imports(fields),
        "form_types": sorted({_TYPES[field.kind] for field in fields if field.kind in ("email", "url")}),
        "uses_field": any("Field(" in field.line for field in fields),
    }


def _signature(name: str, parameters: Sequence[str]) -> str:
    """The line that defines the action, or the lines that Ruff would make of it."""
    line = f"async def {name}({', '.join(parameters)}) -> Response:"
    if len(line) <= WIDTH:
        return line
    joined = f"    {', '.join(parameters)}"  # Ruff joins what fits, without a comma at its end
    inner = joined if len(joined) <= WIDTH else "\n".join(f"    {one}," for one in parameters)
    return f"async def {name}(\n{inner}\n) -> Response:"


def _specs(texts: Sequence[str]) -> tuple[FieldSpec, ...]:
    for text in texts:
        kind = text.partition(":")[2]
        if kind.startswith(WITHOUT_INPUT):
            raise UsageError(
                f"`{shown(text)}`: a form has no input for that", hint="for example `message:text`"
            )
    found = read_fields(texts, (), " ")  # no table is called that: nothing refers to anything
    if unique := next((spec.name for spec in found if spec.unique), None):
        raise UsageError(
            f"`{unique}` is unique in a table, not in a form",
            hint='leave out the `!`, and `raise Invalid(…="already taken")` in the action',
        )
    return found


def _field(spec: FieldSpec) -> FormField:
    required = not spec.nullable and spec.default is None and spec.type != "bool"
    return FormField(
        name=spec.name,
        label=spec.name.replace("_", " ").capitalize(),
        kind=spec.type,
        line=_line(spec),
        input=_INPUTS.get(spec.type, 'type="text"'),
        required=required,
        members=spec.members,
        sample=spec.members[0] if spec.members else _SAMPLES[spec.type][: (spec.size or (99,))[0]],
        initial=_initial(spec),
    )


def _initial(spec: FieldSpec) -> str:
    """What the page shows before anything was typed in: the default."""
    default = spec.default or ""
    if spec.type == "bool":
        return "on" if default == "true" else ""
    return default.removesuffix("Z") if spec.type == "datetime" else default


def _line(spec: FieldSpec) -> str:
    members = ", ".join(f'"{member}"' for member in spec.members)
    kind = f"Literal[{members}]" if members else _TYPES[spec.type]
    constraints = _constraints(spec)
    default = _default(spec)
    if constraints:
        value = f" = Field({', '.join(filter(None, (default and f'default={default}', constraints)))})"
    else:
        value = f" = {default}" if default else ""
    return f"{spec.name}: {kind}{' | None' if spec.nullable else ''}{value}"


def _constraints(spec: FieldSpec) -> str:
    if spec.type == "decimal":
        return f"max_digits={spec.size[0]}, decimal_places={spec.size[1]}"
    lengths = {"str": spec.size[0] if spec.size else 200, "text": _TEXT_LENGTH}
    return f"max_length={lengths[spec.type]}" if spec.type in lengths else ""


def _default(spec: FieldSpec) -> str:
    """The default as Python source."""
    if spec.default is None:
        return "None" if spec.nullable else "False" if spec.type == "bool" else ""
    text = spec.default
    calls = {
        "date": f'date.fromisoformat("{text}")',
        "datetime": f'datetime.fromisoformat("{text}")',
        "decimal": f'Decimal("{text}")',
        "uuid": f'UUID("{text}")',
        "bool": text.capitalize(),
    }
    plain = text if spec.type in ("int", "float") else f'"{text}"'
    return calls.get(spec.type, plain)


def _imports(fields: Sequence[FormField]) -> list[str]:
    """The import lines of the standard library, sorted."""
    modules: dict[str, set[str]] = {}
    for field in fields:
        if field.kind in _IMPORTS:
            module, name = _IMPORTS[field.kind]
            modules.setdefault(module, set()).add(name)
    return [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(modules.items())]
