"""Facts about uploads: where a file's bytes are read, and whether anything limits them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import Attribute, Call, Compare, Constant, Expression, Name
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.function import BlockKind, Effect
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.once import once
from routegen.handlers.requests import headers, is_file_name
from routegen.handlers.scope import Scope

_LIMITS = re.compile(r"size|len\(|length|limit|max|bytes|tell\(|total|received|written", re.IGNORECASE)
_MEASURES = re.compile(r"\.size\b|content.length|tell\(", re.IGNORECASE)
_CHECKERS = re.compile(
    r"size|limit|valid|check|quota|ensure|restrict|process_upload|save_upload", re.IGNORECASE
)
_TAKES = frozenset({Kind.READ_FILE, Kind.EXTERNAL_WRITE, Kind.READ_RAW})
_COPIES = "shutil.copyfileobj"


@dataclass(frozen=True, slots=True)
class Read:
    """A place where the bytes of an upload are taken; `is_whole`: all of them at once."""

    site: Site | None
    expression: Expression
    scope: Scope
    is_whole: bool


@once
def file_reads(handler: Handler) -> list[Read]:
    """Where a handler takes the bytes of a file that a client sent."""
    found: list[Read] = []
    for site in handler.sites:
        if site.kinds.isdisjoint(_TAKES) and site.target != _COPIES and site.call.name != "read":
            continue  # most calls
        if site.origin is Origin.DECORATOR:
            continue
        call, receiver = site.call, site.call.receiver
        if call.name == "read" and receiver is not None and is_upload(receiver, site.scope):
            size = call.argument(0, "size")
            found.append(Read(site, call, site.scope, size is None))
        elif site.target == _COPIES and call.arguments and is_upload(call.arguments[0], site.scope):
            found.append(Read(site, call, site.scope, False))
        elif Kind.READ_FILE in site.kinds and site.scope.lang != "python":
            if receiver is not None and _is_made_here(receiver, site.scope):
                continue
            found.append(Read(site, call, site.scope, call.name != "stream"))
        elif Kind.EXTERNAL_WRITE in site.kinds and any(is_upload(a, site.scope) for a in call.arguments):
            found.append(Read(site, call, site.scope, False))
        elif Kind.READ_RAW in site.kinds and _is_raw_upload(handler):
            found.append(Read(site, call, site.scope, call.name in ("body", "arrayBuffer", "blob")))
    scope = handler.scope
    for parameter in scope.function.parameters if scope else ():
        if scope and Kind.FILE_FIELD in scope.field_kinds(parameter):
            kind = scope.annotated_type(parameter.annotation) if parameter.annotation is not None else None
            if kind in ("builtins.bytes", "list[builtins.bytes]"):
                found.append(Read(None, _at(parameter.annotation), scope, True))
    return found


def _at(expression: Expression | None) -> Expression:
    assert expression is not None
    return expression


def is_upload(expression: Expression, scope: Scope) -> bool:
    """Whether this is an uploaded file, or the file object in it (`upload.file`)."""

    def is_source(part: Expression, where: Scope) -> bool:
        if isinstance(part, Attribute) and part.name == "file":
            return where.type_of(part.object) == "fastapi.UploadFile"
        return where.type_of(part) == "fastapi.UploadFile"

    return trace(expression, scope, is_source) is not None


def _is_made_here(expression: Expression, scope: Scope) -> bool:
    """`new Blob([…])`: what the server puts together itself is no upload."""
    steps = origins(expression, scope)
    return any(isinstance(step.expression, Call) and step.expression.is_new for step in steps)


@once
def _names_files(scope: Scope) -> bool:
    return any(is_file_name(part, scope) for part in scope.parts(Call, Attribute))


@once
def _is_raw_upload(handler: Handler) -> bool:
    """The raw body is a file when it has a name, and is written to the disk."""
    named = any(_names_files(scope) for scope in handler.scopes) or any(
        "filename" in name.replace("-", "").replace("_", "") for name in headers(handler)
    )
    return (named or handler.expose == "upload") and any(opens_for_writing(site) for site in handler.sites)


def _is_limited_by_schema(handler: Handler) -> bool:
    """Whether a schema of the file that the handler parses with speaks of the size: `z.instanceof(File).refine(…)`."""
    for site in handler.sites:
        schema = site.call.receiver
        if site.call.name in ("parse", "safeParse", "parseAsync", "safeParseAsync") and isinstance(
            schema, Name
        ):
            value = site.scope.module.values.get(schema.name)
            if value is not None and "size" in site.scope.module.text(value):
                return True
    return False


def _bounds(handler: Handler) -> Iterator[Step]:
    """The comparisons that may be a limit: not `size == 0`, nor `if size < 10: raise`, which ask for the least."""
    for step in handler.steps(Compare):
        compare = step.expression
        assert isinstance(compare, Compare)
        of_nothing = any(isinstance(o, Constant) and o.value in (0, "0", None) for o in compare.operands)
        is_least = compare.operators[0] in ("<", "<=") and _refuses(compare, step.scope)
        if not (of_nothing or is_least) or len(compare.operators) > 1:
            yield step


def _refuses(compare: Compare, scope: Scope) -> bool:
    """Whether a branch that a comparison of the size itself leads to raises."""
    if not _MEASURES.search(scope.module.text(compare.operands[0])):
        return False
    blocks = {id(s.block): s.block for s in scope.function.body.statements if s.effect is Effect.RAISE}
    tests = [b.test for b in blocks.values() if b.kind is BlockKind.IF and b.test is not None and b.leaves]
    return any(part is compare for test in tests for part in test.walk())


def is_measured(handler: Handler) -> bool:
    """Whether the size of the file itself is compared: `file.size > MAX`, `file.file.tell()`, also by a name for it."""
    return any(
        _MEASURES.search(origin.scope.module.text(origin.expression))
        for step in _bounds(handler)
        for operand in step.expression.children()
        for origin in (Step(operand, step.scope), *origins(operand, step.scope))
    )


def may_be_measured(handler: Handler) -> bool:
    """Whether its size is compared, or a checker that cannot be looked into gets the file."""
    return is_measured(handler) or any(_is_unread_checker(site) for site in handler.sites)


def _is_unread_checker(site: Site) -> bool:
    if site.is_followed or site.call.name in ("len", "max", "read") or not _CHECKERS.search(site.name):
        return False
    return any(is_upload(argument, site.scope) for argument in site.call.children()[1:])


def is_after_measuring(read: Read) -> bool:
    """Whether it lies in a branch that asks for the size: `if file.size is None: data = await file.read()`."""
    statement = read.site.statement if read.site else None
    return statement is not None and any(
        block.test is not None and _MEASURES.search(read.scope.module.text(block.test)) is not None
        for block in statement.block.around
        if block.kind in (BlockKind.IF, BlockKind.ELSE)
    )


def is_limited(handler: Handler) -> bool:
    """Whether anything might limit the size: a comparison, a checker, a dependency, something above."""
    for step in _bounds(handler):
        if _LIMITS.search(step.scope.module.text(step.expression)):
            return True
    if handler.module.lang != "python" and _is_limited_by_schema(handler):
        return True
    for site in handler.sites:
        if "max_length" in site.call.keywords or "max_size" in site.call.keywords:
            return True
        if site.is_followed or site.call.name in ("len", "max", "read"):
            continue
        if _is_unread_checker(site):
            return True
        if site.origin is Origin.DEPENDENCY and re.search(r"size|limit|quota", site.name, re.IGNORECASE):
            return True
        if "max_body_size" in site.call.keywords or (site.target or "").startswith(
            "routegen.uploads.Uploads.receive"
        ):
            return True
    above = " ".join(evidence.text for evidence in handler.above.evidence)
    return bool(re.search(r"size|limit|upload|body", above, re.IGNORECASE))
