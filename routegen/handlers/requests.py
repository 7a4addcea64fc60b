"""Facts about what a handler reads: the body, form fields, headers, the client's file name."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Subscript,
    options_of,
)
from routegen.handlers.facts import Evidence
from routegen.handlers.function import Parameter
from routegen.handlers.handler import Handler
from routegen.handlers.headers import header_field, header_read
from routegen.handlers.kinds import Kind
from routegen.handlers.once import once
from routegen.handlers.places import at
from routegen.handlers.scope import Scope

_READS = (Kind.READ_JSON, Kind.READ_RAW, Kind.READ_FORM)
_MODEL_BASES = {"pydantic.BaseModel", "sqlmodel.SQLModel"}
_FILE_TYPES = re.compile(r"\b(as|instanceof|:|unknown as) (File|Blob)\b|handleUpload\(")
_FILES = re.compile(r"^(files?|audio|video|images?|photos?|avatar|recording|attachments?|blob|document)$")
_CORS = re.compile(r"access-control-allow|cors", re.IGNORECASE)
_MAPPINGS = {"builtins.dict", "typing.Dict", "typing.Any"}


def body_reads(handler: Handler) -> list[Evidence]:
    """Where a handler reads the request's body: calls, and parameters that FastAPI fills from it."""
    found = [at(site, handler, "reads the body") for site in handler.calls(*_READS)]
    if scope := handler.scope:
        for parameter in scope.function.parameters:
            if is_body(parameter, scope):
                found.append(Evidence(f"takes the body as `{parameter.name}`", parameter.span))
    return found


def is_body(parameter: Parameter, scope: Scope) -> bool:
    """Whether FastAPI surely fills this parameter from the request's body."""
    kinds = scope.field_kinds(parameter)
    if kinds:
        return not kinds.isdisjoint({Kind.BODY_FIELD, Kind.FORM_FIELD, Kind.FILE_FIELD})
    if parameter.annotation is None or parameter.is_rest:
        return False
    kind = scope.annotated_type(parameter.annotation)
    return kind in _MAPPINGS or (kind is not None and is_model(kind, scope))


def is_model(kind: str, scope: Scope) -> bool:
    """Whether a class of the project is a Pydantic model."""
    for _ in range(8):
        if not kind.startswith("<"):
            return kind in _MODEL_BASES
        module, rest = scope.module.module_of(kind)
        if module is None or rest not in module.classes or not module.classes[rest].bases:
            return False
        scope = scope.global_scope(module)
        kind = scope.dotted(module.classes[rest].bases[0]) or ""
    return False


@once
def headers(handler: Handler) -> dict[str, Evidence]:
    """The request headers that a handler reads, in lower case; `""` is one whose name is not a literal."""
    found: dict[str, Evidence] = {}
    if scope := handler.scope:
        for parameter in scope.function.parameters:
            if (name := header_field(parameter, scope)) is not None:
                found.setdefault(name, Evidence(f"reads the header `{name}`", parameter.span))
    for read in (*(_by_method(s) for s in handler.scopes), *(_by_item(s) for s in handler.scopes)):
        for name, evidence in read.items():
            found.setdefault(name, evidence)
    return found


@once
def _by_method(scope: Scope) -> dict[str, Evidence]:
    """`request.headers.get("x-name")`."""
    return _read_by(scope.parts(Call), scope)


@once
def _by_item(scope: Scope) -> dict[str, Evidence]:
    """`request.headers["x-name"]`."""
    return _read_by(scope.parts(Subscript), scope)


def _read_by(parts: list[Expression], scope: Scope) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for part in parts:
        if (name := header_read(part, scope)) is not None:
            found.setdefault(name, Evidence(f"reads the header `{name}`", part.span, scope.module))
    return found


def form_reads(handler: Handler) -> list[Evidence]:
    """Where a handler reads a form: `request.form()` and `Form()` parameters."""
    found = [at(site, handler, "reads a form") for site in handler.calls(Kind.READ_FORM)]
    if scope := handler.scope:
        for parameter in scope.function.parameters:
            if Kind.FORM_FIELD in scope.field_kinds(parameter):
                found.append(Evidence(f"reads the form field `{parameter.name}`", parameter.span))
    return found


def takes_file(handler: Handler) -> bool:
    """Whether a handler takes an upload, or might: a file parameter, or a file name read from a form."""
    scope = handler.scope
    if scope is None:
        return True
    for parameter in scope.function.parameters:
        kind = scope.parameter_type(parameter) or ""
        if "UploadFile" in kind or Kind.FILE_FIELD in scope.field_kinds(parameter):
            return True
    if scope.lang != "python" and (_names_file_type(scope) or _takes_field(handler)):
        return True
    return any(names_files(scope) for scope in handler.scopes) or bool(handler.calls(Kind.READ_FILE))


def _takes_field(handler: Handler) -> bool:
    """`form.get("audio")`: a form of many parts with a field that is called like a file."""
    return bool(handler.calls(Kind.READ_FORM)) and any(_FILES.match(text) for text in texts(handler))


def _names_file_type(scope: Scope) -> bool:
    text = scope.module.text(scope.function.span)
    # The pattern looks at each place of a function; most name nothing of the kind.
    return any(word in text for word in ("File", "Blob", "handleUpload")) and bool(_FILE_TYPES.search(text))


@once
def names_files(scope: Scope) -> bool:
    """Whether a function reads the name that a client gave to a file."""
    return any(is_file_name(part, scope) for part in scope.parts(Attribute, Call, Subscript))


def answers_other_sites(handler: Handler) -> bool:
    """Whether a route file answers preflights and speaks of CORS: pages of other sites call it, on purpose."""
    if not handler.is_file_route or "OPTIONS" not in handler.siblings:
        return False
    return any(_CORS.search(line) for line in handler.module.source.lines)


def texts(handler: Handler) -> Iterator[str]:
    """The names and texts in a handler that a protocol can be told by: parameters and string constants."""
    if handler.scope:
        yield from (parameter.name for parameter in handler.scope.function.parameters)
    for step in handler.steps(Constant):
        if isinstance(step.expression, Constant) and isinstance(step.expression.value, str):
            yield step.expression.value


def keys(handler: Handler) -> Iterator[str]:
    """The names in the object literals of a script, headers among them; those of Python are in its `texts`."""
    for step in handler.steps(Collection) if handler.module.lang != "python" else ():
        yield from options_of(step.expression)


def is_file_name(expression: Expression, scope: Scope) -> bool:
    """Whether a client gave this name to a file: `file.filename`, a header such as `X-File-Name`."""
    if isinstance(expression, Attribute):
        return expression.name in ("filename", "name") and Kind.FILE_NAME in scope.kinds(expression)
    if isinstance(expression, (Call, Subscript, Name)):
        header = (header_read(expression, scope) or "").replace("-", "").replace("_", "")
        return "filename" in header
    return False
