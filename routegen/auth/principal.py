"""Who is calling, as handlers see it: a frozen value, read from the database for this one request."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["session", "bearer", "api key"]
"""What a caller has shown: the session cookie, `Authorization: Bearer`, or `X-API-Key`."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The user who calls, and what this credential allows.

    Args:
        id: the user's key.
        email: the user's e-mail address, in lower case.
        scopes: what the caller may do. An API key has at most those of its user, at every request anew.
        method: what the caller has shown.
        credential_id: the id of the session or of the API key, which opens nothing.
    """

    id: int
    email: str
    scopes: frozenset[str]
    method: Method
    credential_id: str

    @property
    def is_session(self) -> bool:
        """Whether a person with a browser calls, and not a program with a key."""
        return self.method == "session"
