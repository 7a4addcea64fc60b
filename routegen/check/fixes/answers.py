"""Turns answers that say the wrong thing into those that say the right one: status, body, error."""

import re
from collections.abc import Iterator

from routegen.check.finding import Edit, Fix
from routegen.check.fixes import script_answers, script_rethrow
from routegen.check.fixes.edits import (
    all_of,
    fix,
    has_lines,
    insert,
    is_first,
    keywords,
    line_at,
    mentions,
    replace,
    statement_span,
    uses,
    without_line,
    written,
)
from routegen.check.fixes.imports import importing, unimporting
from routegen.check.fixes.sentences import TEXT_END, unsure
from routegen.handlers import Handler
from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Template,
    options_of,
)
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Block, BlockKind, Effect, Statement
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.statuses import better_status

_LOGGED = re.compile(
    r"""\.(?:exception|error|critical|warning)\(\s*f?(["'])((?:(?!\1)[^\\{%\n"])+)(?:\1|[{%])"""
)
_STATUSES = ("status", "status_code", "statusCode", "code")
_KEYS = r"(api[ -]?)?(key|token|credentials?|password|session)\b"
_MEANT = (
    (
        re.compile(
            rf"\b(invalid|wrong|bad|expired|incorrect|missing) {_KEYS}|unauthori[sz]ed", re.IGNORECASE
        ),
        401,
    ),
    (re.compile(r"not allowed|forbidden|permission", re.IGNORECASE), 403),
    (re.compile(r"signature|\binvalid\b", re.IGNORECASE), 400),
    (re.compile(r"^no [\w ]{1,60}found|does ?n[o']t exist|\bdisabled\b|not enabled", re.IGNORECASE), 404),
    (re.compile(r"not configured|misconfigured|not set\b", re.IGNORECASE), 500),
)
"""What the words of an error mean, beyond those that a rule would insist on."""

_ON_PURPOSE = re.compile(r"retr(y|ies)|\bskipp", re.IGNORECASE)
"""Words for a sender that would send again what is answered with an error."""

_SERVER = re.compile(r"\bcredential|config|environment|\bsetting", re.IGNORECASE)
_SUBJECTS = re.compile(r"(^|_)(db|row|result|found|obj|object|res|record|rec)(?=_|$)")
_LOGS = re.compile(
    r"\b(log|logger|logging|_logger|LOG|LOGGER)\w*\.(exception|error|critical|warning)\(|print_exc\(|capture_exception"
)


def without_body(handler: Handler, value: Expression, status: int) -> Fix | None:
    """`Response(status_code=204)` for a response with a body; `return None` where the operation has the status."""
    scope, module = handler.scope, handler.module
    if scope is None:
        return None
    if scope.lang != "python":
        return script_answers.without_body(scope, value, status) if isinstance(value, Call) else None
    if not isinstance(value, Call):
        is_typed = handler.function is None or handler.function.result is not None
        return None if is_typed else fix("return nothing", replace(module, value, "None"), safe=True)
    found = importing(scope, "fastapi", "Response")
    if found is None or value.unpacks or len(value.arguments) > 2:
        return None
    response = written(module, value.function)
    kept = {n: v for n, v in value.keywords.items() if n not in ("content", "media_type", "status_code")}
    arguments = [f"status_code={status}", *(f"{name}={written(module, kept[name])}" for name in kept)]
    whole = replace(module, value, f"{found[0]}({', '.join(arguments)})")
    result = handler.function.result if handler.function else None
    edits = [whole]
    if result is not None and written(module, result) == response != found[0]:
        edits.append(replace(module, result, found[0]))
    gone = unimporting(
        module, response, [value.span, *([result.span] if len(edits) > 1 and result else [])], found[1]
    )
    return fix("leave the body out", *edits, found[1], gone, safe=True)


def with_error_status(handler: Handler, value: Expression) -> Fix | None:
    """An error that goes out as a success gets the status it means; its body stays as it is."""
    scope, module = handler.scope, handler.module
    statement = next((s for s in handler.returns if s.value is value), None)
    if scope is None or statement is None or status_of(Step(value, scope)) is not None:
        return None  # the status that somebody wrote is on purpose: what is an error is sent again
    status = _meant(value, statement, handler)
    if _ON_PURPOSE.search(handler.module.text(value)):
        return None
    if isinstance(value, Call) and scope.lang != "python":
        return script_answers.with_status(scope, value, status)
    if isinstance(value, Call):
        if Kind.RESPOND not in scope.kinds(value):
            return None
        return fix(f"answer {status}", keywords(module, value, {"status_code": str(status)}))
    if not isinstance(value, Collection) or not value.is_mapping:
        return None
    text = _only_error(value, handler)
    if text is not None and statement.block.inside(BlockKind.TRY) is None:
        return _raised(handler, statement, text, status)
    found = importing(scope, "fastapi.responses", "JSONResponse")
    if found is None:
        return None
    answer = f"{found[0]}({written(module, value)}, status_code={status})"
    return fix(f"answer {status}", replace(module, value, answer), found[1])


def with_better_status(handler: Handler, value: Expression, better: int) -> Fix | None:
    """Another status for a fault of the client; None where the words may tell of the server's own settings."""
    status = value.argument(0, "status_code") if isinstance(value, Call) else None
    if status is None or _SERVER.search(handler.module.text(value)):
        return None
    return fix(f"answer {better}", replace(handler.module, status, str(better)))


def _meant(value: Expression, statement: Statement, handler: Handler) -> int:
    """The number of a client's fault that the body names, or by the words 404 and its like; else whose fault it is."""
    texts = [p.value for p in value.walk() if isinstance(p, Constant) and isinstance(p.value, str)]
    known = next((status for text in texts if (status := _by_words(text) or better_status(text))), None)
    own = next((n for n in _numbers(value) if 400 <= n < 600), None)
    failed = statement.block.inside(BlockKind.EXCEPT)
    if own is not None and own < 500:
        return own
    if known or own or _is_of_another(statement):
        return known or own or 502
    return 500 if failed is not None and not _is_forged(failed, handler) else 400


def _is_of_another(statement: Statement) -> bool:
    """`if (!response.ok)`: another server has answered with an error."""
    block = statement.block.inside(BlockKind.IF)
    parts = block.test.walk() if block is not None and block.test is not None else ()
    return any(isinstance(part, Attribute) and part.name in ("ok", "is_success") for part in parts)


def _is_forged(failed: Block, handler: Handler) -> bool:
    """Whether what failed is the verification of a signature."""
    sites = (site for site in handler.calls(Kind.VERIFY) if site.statement is not None)
    return any(
        failed in block.handlers
        for site in sites
        if site.statement
        for block in site.statement.block.around
        if block.kind is BlockKind.TRY
    )


def _by_words(text: str) -> int | None:
    return next((status for pattern, status in _MEANT if pattern.search(text)), None)


def _numbers(value: Expression) -> Iterator[int]:
    """The statuses that a body names: `{"status": 404, …}`."""
    for part in value.walk():
        for key, number in options_of(part).items():
            if key in _STATUSES and isinstance(number, Constant):
                yield number.value if isinstance(number.value, int) else 0


def _only_error(value: Collection, handler: Handler) -> Expression | None:
    """The text of `{"error": text}`, which a route file answers for an `HTTPException` as well."""
    if not handler.is_file_route or len(value.items) != 2:
        return None
    key, text = value.items
    is_error = isinstance(key, Constant) and key.value == "error"
    return text if is_error and isinstance(text, (Constant, Template)) else None


def _raised(handler: Handler, statement: Statement, text: Expression, status: int) -> Fix | None:
    assert handler.scope is not None
    found = importing(handler.scope, "fastapi", "HTTPException")
    if found is None:
        return None
    module = handler.module
    answer = f"raise {found[0]}({status}, {written(module, text)}){_cause(statement)}"
    return fix(f"answer {status}", replace(module, statement.span, answer), found[1])


def _cause(statement: Statement) -> str:
    """` from error` inside an `except`."""
    block = statement.block.inside(BlockKind.EXCEPT)
    if block is None:
        return ""
    return f" from {block.names[0]}" if block.names else " from None"


def without_text(handler: Handler, statement: Statement, part: Expression, block: Block) -> Fix | None:
    """A sentence for the text of any exception, which is logged instead."""
    scope, module = handler.scope, handler.module
    if module.lang != "python":
        return script_answers.without_text(handler, statement, part, block)
    if scope is None or statement.value is None or not is_first(module, statement.span.start):
        return None
    name = block.names[0] if block.names else ""
    sentence = _sentence(part, name, scope) or _logged_sentence(written(module, block.span))
    edits = [replace(module, part, sentence or f'"{unsure(statement, scope)}"')]
    edits += _unbound(part, name, scope)
    is_raise = statement.effect is Effect.RAISE
    has_cause = re.search(r"\)\s*from\s+\w+\s*$", written(module, statement.span)) is not None
    if is_raise and not has_cause:
        edits.append(insert(module, statement.span.end, f" from {name}" if name else " from None"))
    elif name and not is_raise:
        edits += _unnamed(handler, block, name, part)
    logged = _logged(statement, block, sentence or f'"{handler.label} failed"', scope)
    return fix("log it, and answer with a sentence", *edits, logged)


def _logged_sentence(text: str) -> str:
    """What an `except` writes into the log first, as code: `logger.error(f"Failed to load: {error}")`."""
    match = _LOGGED.search(text)
    said = TEXT_END.sub("", match[2]) if match is not None else ""
    return f'"{said}"' if match is not None and " " in said and said[0].isupper() else ""


def _aliases(name: str, scope: Scope) -> dict[str, Statement]:
    """The names that are bound to what an exception says: `message = str(error)`."""
    return {
        statement.targets[0]: statement
        for statement in scope.function.body.statements
        if len(statement.targets) == 1 and statement.value is not None
        if any(isinstance(part, Name) and part.name == name for part in statement.value.walk())
    }


def _unbound(part: Expression, name: str, scope: Scope) -> list[Edit]:
    """The statement that bound what an exception says goes when nothing else uses it."""
    module, known = scope.module, _aliases(name, scope) if name else {}
    found = [known[each.name] for each in part.walk() if isinstance(each, Name) and each.name in known]
    spans = [statement_span(module, statement.span) for statement in found]
    return [
        without_line(module, span)
        for statement, span in zip(found, spans, strict=True)
        if len(uses(module, statement.targets[0], scope.function.span)) == 2 and has_lines(module, span)
    ]


def _sentence(part: Expression, name: str, scope: Scope) -> str:
    """What the answer says before the exception begins, as code: `"Failed"` of `f"Failed: {error}"`."""
    module = scope.module
    found = origins(part, scope) if isinstance(part, Name) else [Step(part, scope)]
    text = found[0].expression if len(found) == 1 and found[0].scope is scope else part
    if not isinstance(text, Template) or not name:
        return ""
    code = written(module, text)
    match = re.match(r"""([A-Za-z]*)("|')(?!\2)""", code)
    names = "|".join(map(re.escape, (name, *_aliases(name, scope))))
    hole = re.search(rf"\{{[^{{}}]*\b({names})\b", code)
    if match is None or hole is None or "r" in match[1].lower() or "\n" in code:
        return ""
    said = TEXT_END.sub("", code[match.end() : hole.start()])
    if match[2] in said or not re.search(r"\w{3}", said):
        return ""
    prefix = "f" if re.search(r"(?<!\{)\{(?!\{)", said) else ""
    return f"{prefix}{match[2]}{said}{match[2]}"


def _unnamed(handler: Handler, block: Block, name: str, part: Expression) -> list[Edit]:
    """`as error` goes when nothing uses it any more."""
    module = handler.module
    inside = [at for at in mentions(module, name) if block.span.start <= at < block.span.end]
    left = [at for at in inside if not part.span.start <= at < part.span.end]
    header = module.source.text(block.span.start, block.span.end).partition("\n")[0]
    match = re.search(rf"\s+as\s+{re.escape(name)}(?=\s*:)", header)
    if len(left) != 1 or match is None:
        return []
    start = block.span.start + len(header[: match.start()].encode())
    return [Edit(module.source.path, start, start + len(match[0].encode()), "")]


def _logged(statement: Statement, block: Block, sentence: str, scope: Scope) -> tuple[Edit, ...] | None:
    """A line that logs the exception, unless the block logs already."""
    module = scope.module
    if _LOGS.search(written(module, block.span)):
        return ()
    names = (name for name in ("logger", "log", "LOG", "_logger") if name in module.values)
    logger = next(names, "logger" if "logger" in module.imports and "logger" in module.bound else None)
    found = (logger, ()) if logger is not None else importing(scope, "logging")
    if found is None or not is_first(module, statement.span.start):
        return None
    indent = line_at(module, statement.span.start)[1]
    line = f"{found[0]}.exception({sentence})\n{indent}"
    return all_of([insert(module, statement.span.start, line), *found[1]])


def let_through(handler: Handler, statement: Statement, block: Block, *, safe: bool) -> Fix | None:
    """`except HTTPException: raise` before the `except` that catches everything.

    Safe where the server failed instead: a client may go by another answer.
    """
    module = handler.module
    if module.lang != "python":
        return script_rethrow.let_through(handler, block, safe=safe)
    if not isinstance(statement.value, Call) or not is_first(module, block.span.start):
        return None
    error, indent = written(module, statement.value.function), line_at(module, block.span.start)[1]
    step = "\t" if "\t" in indent else "    "
    text = f"except {error}:\n{indent}{step}raise\n{indent}"
    return fix("let it through", insert(module, block.span.start, text), safe=safe)


def given(handler: Handler, value: Expression, word: str) -> Fix | None:
    """`return` or `raise` before an answer that is made and dropped."""
    module = handler.module
    if module.lang != "python" and not script_answers.is_own_statement(handler, value):
        return None
    edit = insert(module, value.span.start, f"{word} ")
    return fix(f"write `{word}` before it", edit, lang=module.lang)


def guarded(handler: Handler, value: Expression) -> Fix | None:
    """`if row is None: raise HTTPException(404)` before the row is answered."""
    module, scope = handler.module, handler.scope
    statement = next((s for s in handler.returns if s.value is not None and value in s.value.walk()), None)
    if statement is not None and module.lang != "python":
        return script_answers.guarded(handler, statement, value)
    if (
        scope is None
        or statement is None
        or statement.value is not value
        or not isinstance(value, Name)
        or not is_first(module, statement.span.start)
    ):
        return None
    found = importing(scope, "fastapi", "HTTPException")
    if found is None or statement.block.inside(BlockKind.TRY) is not None:
        return None
    indent = line_at(module, statement.span.start)[1]
    subject = _SUBJECTS.sub("", value.name).strip("_").replace("_", " ")
    message = f"{subject.capitalize()} not found" if len(subject) > 2 else "Not found"
    text = f'if {value.name} is None:\n{indent}    raise {found[0]}(404, "{message}")\n{indent}'
    return fix("answer 404 when it is missing", insert(module, statement.span.start, text), found[1])


def finished_event(scope: Scope, event: Expression) -> Fix | None:
    """The text of an event with the empty line that ends it."""
    module = scope.module
    text_of = event.receiver if isinstance(event, Call) else event
    if text_of is None:
        return None
    text = written(module, text_of)
    prefix = re.match(r"[A-Za-z]*", text)
    if prefix is None or "r" in prefix[0].lower() or text[-1:] not in ("'", '"'):
        return None
    quotes = 3 if text.endswith(('"""', "'''")) else 1
    missing = "\\n" if text[:-quotes].endswith("\\n") else "\\n\\n"
    return fix("end it with an empty line", insert(module, text_of.span.end - quotes, missing), safe=True)
