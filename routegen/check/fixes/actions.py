"""Turns a handler that takes a form into a server action, and the form of its page into one that calls it."""

import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.action_test import test_of
from routegen.check.fixes.edits import fix, insert, replace, statement_span, written
from routegen.check.fixes.imports import importing, unimporting
from routegen.check.texts import edited, read_text
from routegen.handlers import Handler
from routegen.handlers.callers import Caller, calling
from routegen.handlers.expression import Constant, Span
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step
from routegen.handlers.handler import Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.routes import METHODS
from routegen.routes.manifest import ACTIONS_FILE, GUARD_FILE, PAGE_FILE

_TAG = re.compile(r"<form\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_RESERVED = {"action", "children", "field", "form", "redirect", "request", "title"}
_ALERT = '\n{% if form.error %}<p role="alert">{{ form.error }}</p>{% endif %}'


@dataclass(frozen=True, slots=True)
class _Move:
    """What is moved: the handler, the page whose form calls it, and the name of the action."""

    handler: Handler
    scope: Scope
    caller: Caller
    name: str

    @property
    def actions(self) -> Path:
        """The file that the action goes to."""
        return self.caller.path.with_name(ACTIONS_FILE)


def as_action(handler: Handler) -> Fix | None:
    """The handler becomes an action beside the page whose form posts to it, and gets a test.

    None where it could do more than that: other callers, guards, a page with actions already, a file that answers
    other methods too.
    """
    move = _move(handler)
    if move is None:
        return None
    edits, can_refuse = _rewritten(move)
    form = _form(move, can_refuse)
    if edits is None or form is None:
        return None
    source = handler.module.source
    data = source.text(0, 1 << 40).encode()
    test = test_of(handler.context, move.caller.path, move.name, move.scope)
    return fix(
        f"make it the server action `{move.name}`",
        Edit(move.actions, 0, 0, edited(data, edits).decode()),
        Edit(source.path, 0, len(data), ""),
        form,
        *([test] if test else []),
    )


def _move(handler: Handler) -> _Move | None:
    scope, segments = handler.scope, handler.segments
    if scope is None or segments is None or handler.method != "POST" or handler.module.lang != "python":
        return None
    if (
        handler.decorators
        or handler.is_guarded
        or any(s.is_parameter for s in segments)
        or not _is_alone(handler)
    ):
        return None
    callers = calling(handler.context.callers, "POST", segments)
    if len(callers) != 1 or callers[0].kind != "form" or callers[0].path.name != PAGE_FILE:
        return None
    name = _name(handler)
    move = _Move(handler, scope, callers[0], name)
    return move if name and _is_free(move) else None


def _is_alone(handler: Handler) -> bool:
    """Whether its file has no other handler, and nothing that says where it lies."""
    module = handler.module
    if any(method in module.bound for method in METHODS if method != "POST") or "EXPOSE" in module.bound:
        return False
    return not re.search(r"^\s*from \.|__file__|\bimport \*", module.whole, re.MULTILINE)


def _is_free(move: _Move) -> bool:
    """Whether the page has no actions yet, no guard of its own, and no parameters."""
    page, route = move.caller.path, move.handler.path
    above = [
        folder
        for folder in page.parents
        if folder in route.parents or folder.is_relative_to(_common(page, route))
    ]
    files = move.handler.module.files
    taken = [folder / name for folder in above for name in (ACTIONS_FILE, GUARD_FILE)]
    is_taken = any(path.exists() or (files is not None and files.at(str(path)) is not None) for path in taken)
    return not is_taken and "[" not in str(page.relative_to(_common(page, route)))


def _common(page: Path, route: Path) -> Path:
    """The lowest folder that both lie in, which is in the app folder."""
    return next(folder for folder in page.parents if route.is_relative_to(folder))


def _name(handler: Handler) -> str:
    """Of the last word of the route: `/api/sign-in` is `sign_in`."""
    words = [segment.name for segment in handler.segments or () if segment.name != "api"]
    name = re.sub(r"\W", "_", words[-1]).lower() if words else ""
    taken = name in handler.module.bound or name in _RESERVED or keyword.iskeyword(name)
    name = f"{name}_form" if taken else name
    return name if name.isidentifier() and name not in handler.module.bound else ""


def _rewritten(move: _Move) -> tuple[list[Edit] | None, bool]:
    """The edits that make the file of a handler one of an action, and whether it can refuse a form."""
    handler, scope, module = move.handler, move.scope, move.handler.module
    mark = importing(scope, "routegen.actions", "action")
    if mark is None:
        return None, False
    made = [
        insert(module, scope.function.span.start, f"@{mark[0]}\n"),
        replace(module, scope.function.name_span, move.name),
    ]
    wanted, gone = {"action"}, list[Span]()
    for site in handler.calls(Kind.REDIRECT):
        url = site.role("url") or site.call.argument(0, "url")
        if site.scope is not scope or site.origin is not Origin.BODY or url is None or not _is_plain(site):
            return None, False
        made.append(replace(module, site.call, f"redirect({written(module, url)})"))
        wanted.add("redirect")
        gone.append(site.call.span)
    for site, text in _refusals(move):
        span = statement_span(module, site.call.span)
        is_return = written(module, span).startswith("return")
        made.append(
            replace(module, span if is_return else site.call.span, f"{'raise ' * is_return}Invalid({text})")
        )
        wanted.add("Invalid")
        gone.append(span if is_return else site.call.span)
    answers, result = (
        {"fastapi.responses.RedirectResponse", "starlette.responses.RedirectResponse"},
        scope.function.result,
    )
    imports = _imports(move, wanted)
    if result is not None and scope.dotted(result) in answers:
        response = importing(scope, "fastapi", "Response")
        if response is None:
            return None, False
        made += [replace(module, result, response[0]), *response[1]]
        gone.append(result.span)
    for name in {
        written(module, span).partition("(")[0].partition(".")[0].removeprefix("return ") for span in gone
    }:
        made += unimporting(module, name, gone, imports)
    found = fix("", *made, *imports)
    return (list(found.edits) if found else None), "Invalid" in wanted


def _imports(move: _Move, wanted: set[str]) -> tuple[Edit, ...]:
    """One line for all that is needed of `routegen.actions`."""
    names = ", ".join(sorted(wanted, key=lambda name: (not name[0].isupper(), name)))
    found = importing(move.scope, "routegen.actions", "action")
    assert found is not None
    return tuple(
        Edit(e.path, e.start, e.end, e.text.replace("import action", f"import {names}")) for e in found[1]
    )


def _is_plain(site: Site) -> bool:
    """Whether a redirect says where to and its status, and nothing else."""
    call = site.call
    return not call.unpacks and len(call.arguments) <= 2 and not set(call.keywords) - {"url", "status_code"}


def _refusals(move: _Move) -> list[tuple[Site, str]]:
    """The answers 400 and 422 with a sentence of their own: the page says it, with what was typed in."""
    found: list[tuple[Site, str]] = []
    for site in move.handler.calls(Kind.ERROR):
        is_answer = site.name == "error"  # `respond.error(message, 400)`, else `HTTPException(400, detail)`
        text = site.call.argument(0, "message") if is_answer else site.call.argument(1, "detail")
        status = status_of(Step(site.call, site.scope)) or (400 if is_answer else 0)
        is_own = site.scope is move.scope and site.origin is Origin.BODY
        if is_own and isinstance(text, Constant) and status in (400, 422):
            found.append((site, written(move.handler.module, text)))
    return found


def _form(move: _Move, can_refuse: bool) -> Edit | None:
    """`{{ form(contact) }}` in the place of the form's tag; its other attributes are kept."""
    path = move.caller.path
    text = read_text(path, move.handler.context.contents)
    if text is None:
        return None
    start = text.start_of(move.caller.line)
    tag = _TAG.search(text.data[start:].decode(errors="replace"))
    arguments = _arguments(tag[0]) if tag is not None else None
    if tag is None or arguments is None:
        return None
    at = start + len(text.data[start:].decode(errors="replace")[: tag.start()].encode())
    opener = "{{ form(" + ", ".join([move.name, *arguments]) + ") }}"
    return Edit(path, at, at + len(tag[0].encode()), opener + (_ALERT if can_refuse else ""))


def _arguments(tag: str) -> list[str] | None:
    """The attributes of a tag as arguments of `form`; None when a template makes one of them."""
    if "{" in tag:
        return None
    found: list[str] = []
    for match in _ATTRIBUTE.finditer(tag[5:-1]):
        name, value = match[1].lower(), (match[2] or "").strip("\"'")
        if name in ("method", "action", "enctype", "/"):
            continue
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or '"' in value:
            return None
        word = name.replace("-", "_")
        found.append(f"{word}{'_' * keyword.iskeyword(word)}=" + (f'"{value}"' if match[2] else "True"))
    return found
