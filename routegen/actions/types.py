"""Types for the fields of a form, with errors that a person can read beside the input.

Email   as browsers check `<input type="email">`; spaces around it go, the domain becomes lower-case
Url     `http` or `https` with a host, as `<input type="url">` takes it; never `javascript:`
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL: Final = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")  # HTML 4.10.5.1.5
_URL: Final = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?", re.IGNORECASE)


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("This is no e-mail address")
    name, _, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError("This is no web address: it starts with https://")
    return text


Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_url)]
