"""Who is calling: sessions of browsers, bearer tokens and API keys become one `Principal`.

    Authenticator    finds the caller of a request or of a WebSocket handshake
    Principal        the caller, as handlers see it
    check_scopes, check_session
                     403 to a caller who may not
    Login            signs people in and out, given an `EmailAndPassword`
    Users            who can sign in
    ApiKeys, ApiKey, api_key_table
                     keys for programs
    schemes, refusals
                     what OpenAPI says of it

`lib/auth.py`, which `routegen add protected` writes, puts them together. Names are resolved on first use (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.auth.authenticator import Authenticator, check_scopes, check_session
    from routegen.auth.documented import refusals, schemes
    from routegen.auth.keys import ApiKey, ApiKeys, api_key_table
    from routegen.auth.login import EmailAndPassword, Login
    from routegen.auth.principal import Principal
    from routegen.auth.users import Users

__all__ = [
    "ApiKey",
    "ApiKeys",
    "Authenticator",
    "EmailAndPassword",
    "Login",
    "Principal",
    "Users",
    "api_key_table",
    "check_scopes",
    "check_session",
    "refusals",
    "schemes",
]

_HOME = {
    **dict.fromkeys(("Authenticator", "check_scopes", "check_session"), "authenticator"),
    **dict.fromkeys(("refusals", "schemes"), "documented"),
    **dict.fromkeys(("ApiKey", "ApiKeys", "api_key_table"), "keys"),
    **dict.fromkeys(("EmailAndPassword", "Login"), "login"),
    "Principal": "principal",
    "Users": "users",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
