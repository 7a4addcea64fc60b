"""The fact that somebody checks who calls: in the handler, in what it depends on, or in what runs before it."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from routegen.handlers.endpoints import Middleware
from routegen.handlers.expression import Attribute, Call, Constant, Expression, Name
from routegen.handlers.facts import NO, Fact, Truth, unknown, yes
from routegen.handlers.flow import Step
from routegen.handlers.function import Effect, Function, Module, Parameter
from routegen.handlers.handler import Handler, Origin, Site, dependency
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import answers_other_sites, headers
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.protection import refuses_in_script

AUTH = re.compile(
    r"auth|user|requir|verif|token|api_?key|permi|login|logged|jwt|bearer|credential|admin|secur|guard|access"
    r"|role|scope|principal|identity|tenant|protect|check|valid|allow|sign|ensure|account|member|owner|internal"
    r"|csrf|key|trust|private|restrict|policy|acl|grant|session",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"^(get_?)?(async_?)?(db|session|database|settings?|config|queue|bus|logger|log|tasks|background)"
    r"|(service|repository|repo|db|database|client|settings|config|uow|crud|storage|cache|redis|pagination|params"
    r"|queue|engine|store|template[s]?|session_?maker|async_?session|db_?session|session_?factory)$",
    re.IGNORECASE,
)
_QUIET = re.compile(
    r"cache|limit|retry|log|trace|time|deprecat|inject|version|wraps|metric|measure|profile|count|span|docs?$"
    r"|schema|openapi|async|sync|property|staticmethod|cbv|overload|summary",
    re.IGNORECASE,
)
_SCHEMES = {
    "authorization",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-token",
    "cookie",
    "x-user-id",
    "x-access-token",
}
_REFUSALS = {401, 403}
_STATUS_NAMES = re.compile(r"_(401|403)_|UNAUTHORIZED|FORBIDDEN")
_RAISED = re.compile(
    r"unauth|forbidden|permission|notallowed|accessdenied|credentials|auth\w*(error|exception|failed)$",
    re.IGNORECASE,
)
_HARMLESS_MIDDLEWARE = re.compile(
    r"cors|gzip|trustedhost|httpsredirect|session|proxy|brotli|log|request_?id|correlation|metric|prometheus|timing"
    r"|process_?time|sentry|otel|opentelemetry|trace|no_?cache|cache|compress|header|static|timeout|error|exception"
    r"|rate|limit|size|body|locale|i18n|asgi|context|profil|health",
    re.IGNORECASE,
)


def checks_caller(handler: Handler, ignored: Collection[Site] = ()) -> Fact:
    """Whether a handler checks who calls. What cannot be looked into and might check is unknown.

    `ignored` are calls that ask who calls, and whose answer is known to count for nothing.
    """
    if not handler.is_known:
        return unknown("its code cannot be read")
    found = handler.above
    for fact in _facts(handler, ignored):
        found |= fact
        if found.is_yes:
            break
    return found


def _facts(handler: Handler, ignored: Collection[Site]) -> Iterator[Fact]:
    yield refuses(handler.scopes)
    if handler.module.lang != "python":
        yield refuses_in_script(handler)
    yield from (of_site(site) for site in handler.sites if site not in ignored)
    if not _SCHEMES.isdisjoint(headers(handler)):
        yield unknown("it reads credentials")
    yield from (_of_attribute(step) for step in handler.steps(Attribute))
    if handler.module.lang == "python":
        yield from _of_parameters(handler)
    if handler.owner is not None and not _is_plain(handler, handler.scope):
        yield unknown(f"the class `{handler.owner.name}` may check the caller")


def _of_parameters(handler: Handler) -> Iterator[Fact]:
    """What FastAPI passes: a cookie, a header, what a dependency behind a type gives."""
    scope = handler.scope
    for parameter in scope.function.parameters if scope else ():
        kinds = scope.field_kinds(parameter) if scope else frozenset[Kind]()
        text = handler.module.text(parameter.annotation) if parameter.annotation is not None else ""
        if Kind.COOKIE_FIELD in kinds or (Kind.HEADER_FIELD in kinds and AUTH.search(parameter.name)):
            yield unknown(f"it takes the credential `{parameter.name}`")
        elif scope and _may_be_a_check(parameter, text, scope):
            yield unknown(f"`{text}` may check the caller")


def _may_be_a_check(parameter: Parameter, text: str, scope: Scope) -> bool:
    """`user: CurrentUser`, where the type cannot be read."""
    if parameter.annotation is None or not (AUTH.search(text) or AUTH.search(parameter.name)):
        return False
    return _is_opaque(parameter.annotation, scope)


_PLAIN = {
    "builtins",
    "fastapi",
    "sqlalchemy",
    "typing",
    "pydantic",
    "datetime",
    "uuid",
    "collections",
    "decimal",
}


def _is_opaque(annotation: Expression, scope: Scope) -> bool:
    """Whether a type comes from where no code can be read: it may be an alias that holds a dependency."""
    kind = (scope.annotated_type(annotation) or "?").removeprefix("list[")
    return not kind.startswith("<") and kind.partition(".")[0] not in _PLAIN


def _is_plain(handler: Handler, scope: Scope | None) -> bool:
    owner = handler.owner
    if owner is None or scope is None:
        return True
    known = {"starlette.endpoints.HTTPEndpoint", "builtins.object"}
    bases = all(scope.global_scope(handler.module).dotted(base) in known for base in owner.bases)
    return bases and not any(value is not None or kind is not None for kind, value in owner.fields.values())


def refuses(scopes: Sequence[Scope]) -> Fact:
    """Whether any of this answers 401 or 403."""
    return next((found for scope in scopes if (found := _refusal(scope)).is_yes), NO)


def _refusal(scope: Scope) -> Fact:
    """Whether a function answers 401 or 403: the same for all who call it."""
    function, known = scope.function, scope.module.shared.setdefault("refusal", {})
    if function not in known:
        known[function] = next(_refusals(function, scope.module), NO)
    return known[function]


def _refusals(function: Function, module: Module) -> Iterator[Fact]:
    for statement in function.body.statements:
        if statement.effect not in (Effect.TEST, Effect.ITERATE):
            for part in statement.parts:
                if isinstance(part, _SAYS) and _is_refusal(part, statement.effect):
                    yield yes("it refuses callers", part.span, module)


_SAYS = (Constant, Attribute, Call)


def _is_refusal(part: Expression, effect: Effect) -> bool:
    if isinstance(part, Constant):
        return part.value in _REFUSALS and not isinstance(part.value, bool)
    if isinstance(part, Attribute):
        return _STATUS_NAMES.search(part.name) is not None
    return effect is Effect.RAISE and isinstance(part, Call) and _RAISED.search(part.name) is not None


def _of_attribute(step: Step) -> Fact:
    """`request.session`, `request.cookies`, `request.state.user`, `request.user`."""
    expression = step.expression
    assert isinstance(expression, Attribute)
    holder = expression.object
    if (
        isinstance(holder, Name)
        and holder.name in ("request", "req")
        and expression.name in ("session", "cookies", "user", "auth", "state")
    ):
        return unknown(f"it reads `request.{expression.name}`", expression.span, step.scope.module)
    return NO


def of_site(site: Site) -> Fact:
    """What one call says about it."""
    if Kind.AUTH_FIND in site.kinds and Kind.AUTH_CHECK not in site.kinds:
        return unknown(f"`{site.name}` tells who calls", site.call.span, site.scope.module)
    if Kind.AS_CALLER in site.kinds:
        return unknown(
            f"`{site.name}` acts in the caller's name, whom the rows' policies may refuse",
            site.call.span,
            site.scope.module,
        )
    if Kind.AUTH_CHECK in site.kinds or Kind.VERIFY in site.kinds or Kind.COMPARE in site.kinds:
        return yes(f"checks the caller: `{site.name}`", site.call.span, site.scope.module)
    if site.origin is Origin.DECORATOR:
        if Kind.OPERATION in site.kinds or _QUIET.search(site.name):
            return NO
        return unknown(f"the decorator `{site.name}` may check the caller", site.call.span, site.scope.module)
    if site.origin is Origin.DEPENDENCY:
        return _of_dependency(site)
    if site.is_followed or site.function is not None:
        if _VERBS.search(site.name) and site.origin is Origin.BODY:
            return unknown(f"`{site.name}` may check the caller", site.call.span, site.scope.module)
        is_shallow = site.function is not None and not site.is_followed and AUTH.search(site.name)
        return (
            unknown(f"`{site.name}` may check the caller", site.call.span, site.scope.module)
            if is_shallow
            else NO
        )
    if site.target and site.target.startswith("builtins."):
        return NO
    if site.kinds and Kind.HEADER not in site.kinds:
        return NO
    if _checks_by_name(site):
        return unknown(f"`{site.name}` may check the caller", site.call.span, site.scope.module)
    return NO


_VERBS = re.compile(
    r"^(_?(check|require|verify|ensure|validate|assert|authenticate|authorize|authorise|has|is|can|get_current|enforce"
    r"|need|must|guard|protect|decode)).*(auth|user|token|key|perm|login|admin|access|role|session|owner|credential"
    r"|signature|secret|member|jwt|allowed|policy)|^(authenticate|authorize|authorise|login_required|enforce)$"
    r"|current_?user|get_user$|check_permission|validate_token|decode_token",
    re.IGNORECASE,
)


def _checks_by_name(site: Site) -> bool:
    if _VERBS.search(site.name):
        return True
    takes = any(isinstance(a, Name) and a.name in ("request", "req") for a in site.call.children()[1:])
    receiver = site.call.receiver
    is_template = receiver is not None and isinstance(receiver, Name) and "templ" in receiver.name.lower()
    return takes and not is_template and "TemplateResponse" not in site.name and site.target is None


def _of_dependency(site: Site) -> Fact:
    if Kind.OPERATION in site.kinds:
        return NO
    if site.is_followed and site.function is not None:
        fact = refuses([Scope(site.scope.module, site.function)])
        if fact.is_yes:
            return fact
        if _VERBS.search(site.function.name) or re.search(
            r"current_?user|auth", site.function.name, re.IGNORECASE
        ):
            return unknown(f"`{site.function.name}` may check the caller")
        return NO
    name = site.name or (site.target or "").rpartition(".")[2]
    if (site.target or "").startswith(("sqlalchemy.", "fastapi.BackgroundTasks", "routegen.database.")):
        return NO
    wanted = site.call.function
    if isinstance(wanted, Name) and _HARMLESS.search(wanted.name):
        return NO
    if name and _HARMLESS.search(name) and not re.search(r"auth|user|token|login", name, re.IGNORECASE):
        return NO
    if (site.target or "").startswith("<") and site.function is None and not AUTH.search(name):
        return NO  # a class of the project that holds parameters
    return unknown(f"the dependency `{name or '…'}` may check the caller", site.call.span)


def of_dependencies(markers: Iterable[Call] | None, scope: Scope) -> Fact:
    """What the `dependencies=[…]` of a router, an app or a path operation say."""
    if markers is None:
        return unknown("its dependencies cannot be told")
    found = NO
    for marker in markers:
        kinds = scope.kinds(marker)
        sites = list(dependency(marker, marker.argument(0, "dependency"), kinds, scope))
        if not sites or Kind.DEPENDS not in kinds:
            found |= unknown("a dependency may check the caller", marker.span)
        for site in sites:
            fact = of_site(site)
            found |= fact if fact.truth is not Truth.NO else NO
    return found


def of_middleware(middleware: Middleware) -> Fact:
    """Whether code that runs before every request may refuse callers."""
    if middleware.function is not None:
        module: Module = middleware.scope.module
        function: Function = middleware.function
        text = module.text(function.span) if middleware.call is None else ""
        if not text:
            found = module.function_of(f"{middleware.target}.dispatch") if middleware.target else None
            text = found[1].text(found[0].span) if found else "auth"
        is_guard = re.search(r"401|403|auth|api_?key|jwt|credential|forbidden|logged", text, re.IGNORECASE)
        return unknown(f"the middleware `{middleware.name}` may check the caller") if is_guard else NO
    if re.search(r"auth|user|login|key|token|guard|secur|permission|access", middleware.name, re.IGNORECASE):
        return unknown(f"the middleware `{middleware.name}` may check the caller")
    if middleware.target is not None and re.match(r"(fastapi|starlette)\.", middleware.target):
        return NO
    if _HARMLESS_MIDDLEWARE.search(middleware.name):
        return NO
    return unknown(f"the middleware `{middleware.name}` may check the caller")


_STRANGERS = re.compile(
    r"log_?in|log_?out|sign_?(in|up|out)|register|registration|token|auth|oauth|password|forgot|verif|contact|newsletter"
    r"|wait[_-]?list|rsvp|[ei]nquir|pixel|beacon|subscri(be|ption)$|unsubscribe|feedback|webhook|callback|health|ping|track|analytics|telemetry|refresh|otp"
    # the same in other languages, as projects name their routes
    r"|inscri(ption|re)|connexion|mot[-_]?de[-_]?passe|oubli|reinitialis|restablec|registr(?!y)|contrase[nñ]|iniciar|senha|cadastr|anmeld|passwort"
    r"|kontakt|contatt|giris|kayit|sifre|daftar|masuk|dang[-_]?(ky|nhap)|logowanie|rejestr|haslo|wachtwoord",
    re.IGNORECASE,
)


_VISITORS = ("visitorId", "visitor_id", "anonymousId", "guestEmail", "guest_email")
"""Who is known by what their browser made up, or by the address that they leave, is not signed in."""
_ADDRESSES = ("x-forwarded-for", "x-real-ip", "getClientIp", "client.host")
_LIMITS = re.compile(r"rate_?limit|throttle", re.IGNORECASE)


def _counts_addresses(handler: Handler) -> bool:
    """Whether a POST limits how often one address may call: it expects callers that nobody knows."""
    if handler.method != "POST" or not handler.module.mentions(*_ADDRESSES):
        return False
    return any(_LIMITS.search(site.name) for site in handler.sites)


_HASHES = re.compile(r"^hash(_?(sync|pw|password))?$|^get_password_hash$", re.IGNORECASE)


def is_for_strangers(handler: Handler) -> bool:
    """Whether those who are not signed in must be able to call it, by its route or its name."""
    words = f"{handler.route_id} {handler.name}"
    if re.search(r"reset[-_]?password|password[-_]?reset", words, re.IGNORECASE):
        return True
    if re.search(r"reset|admin", words, re.IGNORECASE):
        return False
    if handler.method == "POST" and answers_other_sites(handler):
        return True
    if "/auth/" in handler.route_id and any(_HASHES.search(site.name) for site in handler.sites):
        return True  # a sign-up, whatever it is called
    last = handler.route_id.rstrip("/").rpartition("/")[2]
    name = "" if handler.is_file_route else handler.name
    if _STRANGERS.search(last) or _STRANGERS.search(name):
        return True
    return handler.module.mentions(*_VISITORS) or _counts_addresses(handler)
