"""Facts about secrets that stand in the source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routegen.handlers.expression import Attribute, Call, Choice, Constant, Expression, Name, Span
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Module
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.once import once
from routegen.handlers.places import place, place_of
from routegen.handlers.scope import Scope, top_level

_NAMES = re.compile(
    r"secret|password|passwd|api_?key|private_?key|signing|jwt_?key|token(?!_?(url|type))", re.IGNORECASE
)
_PLACEHOLDERS = re.compile(
    r"change|replace|your|example|placeholder|dummy|todo|xxx|<|\.\.\.|test|dev|insert|none|null|default|local|fake|sample|not_?set|missing",
    re.IGNORECASE,
)
_PREFIXES = re.compile(r"(sk_live_|rk_live_|sk_test_|whsec_|ghp_|github_pat_|xoxb-|AKIA|AIza)[\w-]{8,}")
_SHORTEST = len("ghp_") + 8
_GETTERS = {"os.getenv", "os.environ.get", "decouple.config", "starlette.config.Config"}
_GETTER_WORDS = ("env", "config")
_HASHERS = re.compile(
    r"hash_?password|password_?hash|get_password_hash|pwd_context\.hash|hashpw", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Written:
    """A secret: what stands in the source, where it is written, and where in the handler it is used."""

    what: str
    written: Step
    at: Span


def written_secrets(handler: Handler) -> Iterator[Written]:
    """The secrets of the source that a handler uses, once each."""
    seen: dict[Module, list[Span]] = {}  # a fallback is told once: not again for the text in it
    for written, at in _uses(handler):
        span, told = written.expression.span, seen.setdefault(written.scope.module, [])
        if not any(span.start < other.end and other.start < span.end for other in told):
            told.append(span)
            yield Written(handler.text(written.expression, written.scope), written, at)


def _uses(handler: Handler) -> Iterator[tuple[Step, Span]]:
    for scope in handler.scopes:
        for used, written in _written_in(scope):
            yield written, place_of(used, handler)
    hashes = any(scope.module.mentions("hash", "Hash") for scope in handler.scopes)
    for site in handler.sites if hashes else handler.calls(Kind.SECRET):
        for constant in _literal_arguments(site):
            yield Step(constant, site.scope), place(site, handler)


@once
def _written_in(scope: Scope) -> list[tuple[Step, Step]]:
    """What a function uses of secrets that are written in its file, each with where it is written."""
    here = _telling(scope)
    if not scope.module.mentions(*_GETTER_WORDS):
        return [(step, step) for step in here]
    here += _fallbacks(scope)
    return [*_named(scope), *[(step, step) for step in here]]


def _named(scope: Scope) -> Iterator[tuple[Step, Step]]:
    """The names that stand for a secret of the file."""
    if secrets := _secrets_of(scope.module):
        for part in scope.parts(Name):
            if isinstance(part, Name) and part.name in secrets and not scope.is_local(part.name):
                yield Step(part, scope), secrets[part.name]


def _fallbacks(scope: Scope) -> Iterator[Step]:
    """What stands in for a secret of the environment that is missing."""
    parts = (*scope.parts(Call), *scope.parts(Choice))
    return (step for part in parts if _is_fallback(step := Step(part, scope)))


def _telling(scope: Scope) -> list[Step]:
    """The texts that begin as the keys of a provider do."""
    return [Step(part, scope) for part in scope.parts(Constant) if _is_key(part)]


def _is_key(part: Expression) -> bool:
    text = part.value if isinstance(part, Constant) else None
    if not isinstance(text, str) or len(text) < _SHORTEST:
        return False
    return _PREFIXES.match(text) is not None and not _PLACEHOLDERS.search(text)


def _secrets_of(module: Module) -> dict[str, Step]:
    """The names of a file that are bound to a secret: `SECRET = os.getenv("SECRET", "text")`."""
    if "secrets" not in module.shared:
        values = {name: Step(value, top_level(module)) for name, value in module.values.items()}
        module.shared["secrets"] = {name: step for name, step in values.items() if _is_fallback(step)}
    return module.shared["secrets"]


def _is_fallback(step: Step) -> bool:
    """`os.getenv("X_SECRET", "text")`, `os.getenv("X_SECRET") or "text"`, `process.env.X_SECRET ?? "text"`."""
    value = step.expression
    if isinstance(value, Choice) and value.test is None and len(value.options) == 2:
        first, other = value.options
        is_read = _is_variable(first) or (isinstance(first, Call) and _is_getter(first, step.scope))
        return is_read and is_secret_text(other)
    default = value.argument(1, "default") if isinstance(value, Call) else None
    if not isinstance(value, Call) or default is None or not is_secret_text(default):
        return False
    return _is_getter(value, step.scope)


def _is_variable(value: Expression) -> bool:
    """`process.env.X_SECRET` of a script."""
    return is_environment(value) and isinstance(value, Attribute) and _NAMES.search(value.name) is not None


def is_environment(value: Expression) -> bool:
    """`process.env.X`."""
    of = value.object if isinstance(value, Attribute) else None
    return isinstance(of, Attribute) and of.name == "env" and isinstance(of.object, Name)


def _is_getter(call: Call, scope: Scope) -> bool:
    name = call.argument(0, "key")
    if not isinstance(name, Constant) or not _NAMES.search(str(name.value)):
        return False
    return (scope.dotted(call.function) or "") in _GETTERS


def is_secret_text(expression: Expression) -> bool:
    """A text that could be a secret: long enough, no placeholder, no address, no sentence."""
    if not isinstance(expression, Constant) or not isinstance(expression.value, str):
        return False
    text = expression.value
    return len(text) >= 8 and not _PLACEHOLDERS.search(text) and "://" not in text and " " not in text


def _literal_arguments(site: Site) -> Iterator[Constant]:
    """A literal that is hashed as a password, or signs."""
    if Kind.SECRET in site.kinds:
        value = site.role("secret")
    elif _HASHERS.search(site.scope.module.source.text(*site.call.function.bounds)):
        value = site.call.argument(0)
    else:
        return
    for step in origins(value, site.scope) if value is not None else ():
        if isinstance(step.expression, Constant) and is_secret_text(step.expression):
            yield step.expression
