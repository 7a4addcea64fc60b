"""Turns names that a client chose for a file into names of one's own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from routegen.check.finding import Edit, Fix
from routegen.check.fixes import script_naming
from routegen.check.fixes.edits import (
    block_span,
    fix,
    insert,
    is_first,
    line_at,
    replace,
    statement_span,
    uses,
    written,
)
from routegen.check.fixes.imports import importing_all
from routegen.check.fixes.script_style import style_of
from routegen.handlers import Handler
from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Collection,
    Constant,
    Expression,
    Name,
    Template,
    options_of,
)
from routegen.handlers.flow import Step, origins
from routegen.handlers.handler import Site
from routegen.handlers.kinds import Kind

_VARIABLES = ("stored_name", "storedName")
"""What a name is kept in, by language."""


def own_name(handler: Handler, site: Site, way: Sequence[Step]) -> Fix | None:
    """A random name in the place of the client's, with its suffix, where a file is made.

    None when the client's is in a URL or a text too, or when the file is read or appended to: it has its name already.
    """
    if not _makes(site):
        return None
    own = [step for step in way if step.scope is handler.scope]
    at = next((i for i, step in enumerate(own) if _is_put_together(step.expression)), len(own))
    if not own or at == 0:
        return None
    given, whole = own[at - 1], own[at] if at < len(own) else None
    if _is_elsewhere(handler, given, whole):
        return None
    told, made = _told(handler, given), _made(given, whole)
    if told is None or made is None:
        return None
    return fix(
        "name the file yourself", *(_stored(given, told, made) if told else made.inline), lang=made.lang
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """A name of one's own: a variable for it and what declares that, and the edits that write it in place."""

    variable: str
    declared: str
    inline: Sequence[Edit | tuple[Edit, ...] | None]
    imports: tuple[Edit, ...]
    lang: str


def _made(given: Step, whole: Step | None) -> _Made | None:
    if given.scope.lang != "python":
        script = script_naming.own_name(given, whole)
        if script is None:
            return None
        text, imports = script
        inline = (replace(given.scope.module, given.expression, text), imports)
        end = style_of(given.scope.module).end
        return _Made(_VARIABLES[1], f"const {_VARIABLES[1]} = {text}{end}", inline, imports, given.scope.lang)
    found = importing_all(given.scope, ("uuid", "uuid4"), ("pathlib", "Path"))
    if found is None:
        return None
    (uuid4, path), imports = found
    sure = _sure(given, written(given.scope.module, given.expression), '"')
    text = f"{uuid4}().hex + {path}({sure}).suffix"
    inline = (_named(given, whole, uuid4, path), imports)
    return _Made(_VARIABLES[0], f"{_VARIABLES[0]} = {text}", inline, imports, "python")


def _told(handler: Handler, given: Step) -> list[tuple[Expression, str]] | None:
    """Where an answer says the name, and what stands before it then; None when it cannot say the new one there."""
    module, scope = given.scope.module, given.scope
    text = written(module, given.expression)
    found: list[tuple[Expression, str]] = []
    for statement in handler.returns if scope is handler.scope else ():
        for part in statement.parts:
            found += [each for each in _values(part) if written(module, each[0]) == text]
    at = statement_span(module, given.expression.span)
    block = block_span(module, at)
    is_known = all(at.end <= value.span.start < block.end for value, _ in found)
    is_free = not any(uses(module, name, scope.function.span) for name in _VARIABLES) and is_first(
        module, at.start
    )
    return found if not found or (is_known and is_free) else None


def _values(expression: Expression) -> Iterator[tuple[Expression, str]]:
    """The values of a mapping literal; `{ name }` has its key before it when it is another's."""
    if isinstance(expression, Collection) and expression.is_mapping:
        keys = {item.span for item in expression.items if isinstance(item, Constant)}
        for key, value in options_of(expression).items():
            yield value, f"{key}: " if isinstance(value, Name) and value.span in keys else ""


def _stored(
    given: Step, told: Sequence[tuple[Expression, str]], made: _Made
) -> Iterator[Edit | tuple[Edit, ...]]:
    """The name is kept in a variable, for the answer that says it."""
    module = given.scope.module
    at = statement_span(module, given.expression.span)
    yield insert(module, at.start, f"{made.declared}\n{line_at(module, at.start)[1]}")
    yield replace(module, given.expression, made.variable)
    yield made.imports
    for value, key in told:
        yield replace(module, value, key + made.variable)


def _makes(site: Site) -> bool:
    if any(str(m.value)[:1] in "ar" for m in site.call.children()[1:] if _is_mode(m)):
        return False
    return (
        Kind.FS_WRITE in site.kinds
        or site.name in ("touch", "write_bytes", "write_text")
        or opens_for_writing(site)
    )


def _is_mode(argument: Expression) -> TypeGuard[Constant]:
    return isinstance(argument, Constant) and re.fullmatch(r"[rwaxbt+]{1,3}", str(argument.value)) is not None


def _named(given: Step, whole: Step | None, uuid4: str, path: str) -> Edit | None:
    module = given.scope.module
    text = written(module, given.expression)
    if whole is None or not isinstance(whole.expression, Template):
        made = f"{uuid4}().hex + {path}({_sure(given, text, chr(34))}).suffix"
        start, end = given.expression.span
        in_parentheses = (module.source.text(start - 1, start), module.source.text(end, end + 1)) == (
            "(",
            ")",
        )
        is_operand = whole is not None and isinstance(whole.expression, Binary) and not in_parentheses
        return replace(module, given.expression, f"({made})" if is_operand else made)
    quote = "'" if written(module, whole.expression).rstrip().endswith('"') else '"'
    if "\n" in text or quote in text:
        return None
    return replace(module, given.expression, f"{uuid4}().hex}}{{{path}({_sure(given, text, quote)}).suffix")


def _is_put_together(expression: Expression) -> bool:
    return isinstance(expression, (Template, Binary)) or (
        isinstance(expression, Call) and bool(expression.arguments)
    )


def _sure(given: Step, text: str, quote: str) -> str:
    """The name as text: that of an upload may be None."""
    if isinstance(given.expression, Choice):
        return text  # `file.filename or "unnamed"`
    may_be_none = any(
        isinstance(step.expression, Attribute) for step in origins(given.expression, given.scope)
    )
    return f"{text} or {quote}{quote}" if may_be_none else text


def _is_elsewhere(handler: Handler, given: Step, whole: Step | None) -> bool:
    """Whether the name is put into anything else: a link to the file would no longer find it."""
    text, scope = written(given.scope.module, given.expression), given.scope
    for step in handler.steps(Template, Binary, Call):
        if whole is not None and step.expression is whole.expression:
            continue
        if not _is_put_together(step.expression) or step.scope is not scope:
            continue
        for part in step.expression.children():
            if part is not given.expression and written(scope.module, part) == text:
                return True
    return False
