"""The fact that a handler is there for others: the reasons why it must be an endpoint."""

import re

from routegen.handlers.contracts import keeps_contract
from routegen.handlers.facts import NO, Fact, Truth, unknown, yes
from routegen.handlers.handler import Handler, Origin
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import answers_other_sites, headers, keys, texts
from routegen.handlers.webhook import receives_webhooks

# Field names of protocols in which another party posts a form: OAuth, OpenID, SAML, LTI, WebSub, payments, Google.
_PROTOCOLS = frozenset(
    {"grant_type", "client_secret", "SAMLResponse", "SAMLRequest", "RelayState", "id_token", "code_verifier"}
    | {"lti_message_type", "oauth_consumer_key", "hub.mode", "hub.challenge", "txn_id", "ipn_track_id"}
    | {"g_csrf_token"}
)
_KEYS = ("authorization", "x-api-key", "api-key", "x-auth-token")


def is_for_others(handler: Handler) -> Fact:
    """Whether anybody but the project's own pages calls a handler: yes by a reason that is written in it."""
    if handler.expose is not None:
        return yes(f'says `EXPOSE = "{handler.expose}"`')
    if not handler.is_known:
        return unknown("its code cannot be read")
    receives = receives_webhooks(handler)
    if receives.truth is not Truth.NO:
        return receives
    for name, evidence in headers(handler).items():
        if name in _KEYS or "signature" in name:
            return Fact(Truth.YES, (evidence,))
    if (
        version := next((s.name for s in handler.segments or () if re.fullmatch(r"v\d+", s.name)), None)
    ) is not None:
        return yes(f"its route has the version `{version}`")
    if answers_other_sites(handler):
        return yes("answers `OPTIONS` itself, so pages of other sites call it")
    words = {*texts(handler), *keys(handler)}
    if "Access-Control-Allow-Origin" in words:
        return yes("lets other origins call it: `Access-Control-Allow-Origin`")
    contract = keeps_contract(handler)
    if contract.is_yes:
        return contract
    spoken = _PROTOCOLS.intersection(words)
    if spoken:
        return yes(f"speaks a protocol: `{min(spoken)}`")
    if handler.calls(Kind.VERIFY, Kind.COMPARE):
        return unknown("it verifies who sends")
    for site in handler.sites:
        if site.origin is Origin.DECORATOR and Kind.OPERATION not in site.kinds:
            return unknown(
                f"`{handler.text(site.call, site.scope)}` may change what it answers",
                site.call.span,
                site.scope.module,
            )
    return NO
