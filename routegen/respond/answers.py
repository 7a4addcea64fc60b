"""Turns values into whole answers: JSON, the error envelope, an empty one and redirects."""

import json as jsonlib
from collections.abc import Mapping
from typing import Any, Final

from fastapi import HTTPException
from fastapi.encoders import jsonable_encoder
from starlette.datastructures import URL
from starlette.responses import JSONResponse, RedirectResponse, Response

from routegen.respond.checks import check_headers, check_status, check_status_with_body, check_url

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class _JSONAnswer(JSONResponse):
    def render(self, content: Any) -> bytes:
        return encode(content)


def encode(data: Any) -> bytes:
    """Compact UTF-8 JSON of anything FastAPI can encode: models, dataclasses, datetimes, UUIDs, sets, …

    A lone surrogate is escaped, as ECMAScript's well-formed `JSON.stringify` does; nothing else is.

    Raises:
        ValueError: NaN or an infinity (they are no JSON, RFC 8259 6), or a value that cannot be encoded.
    """
    try:
        text = _dump(data)
    except TypeError:  # a key that is no string (UUID, date): only the full encoder knows those
        text = _dump(jsonable_encoder(data))
    return text.encode("utf-8", "backslashreplace")


def _dump(data: Any) -> str:
    return jsonlib.dumps(
        data, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=jsonable_encoder
    )


def json(data: Any, status_code: int = 200, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Answer with JSON: exactly `application/json`, compact, UTF-8 unescaped (as the Fetch standard does).

    Args:
        data: anything FastAPI can encode; nothing is validated or filtered by a response model.
        status_code: 200 to 599, but not 204, 205 or 304, which have no body.
        headers: sent along; a `Content-Type` here replaces the own one.

    Raises:
        ValueError: a status or header that would break the message, NaN, or a value that cannot be encoded.
    """
    status = check_status_with_body(status_code)
    return _JSONAnswer(data, status, check_headers(headers))


def error(
    message: str, status_code: int = 400, *, headers: Mapping[str, str] | None = None, **extra: Any
) -> JSONResponse:
    """Answer with the error envelope `{"error": message, **extra}`.

    Args:
        message: one sentence for the caller.
        status_code: 400 to 599.
        headers: sent along, e.g. `Retry-After`.
        extra: more members of the envelope, e.g. `code="out_of_stock"`.

    Raises:
        ValueError: a status that is no error, or a header that would break the message.
    """
    status = check_status_with_body(status_code, lowest=400)
    return _JSONAnswer({"error": message, **extra}, status, check_headers(headers))


def no_content(*, headers: Mapping[str, str] | None = None) -> Response:
    """Answer 204 without a body, a content type or a length (RFC 9110 15.3.5)."""
    return Response(None, 204, check_headers(headers))


def redirect(
    url: str | URL, status_code: int = 307, *, headers: Mapping[str, str] | None = None
) -> RedirectResponse:
    """Answer with a redirect; 307 keeps the method and the body (the default of Next.js), 303 makes it a GET.

    Args:
        url: absolute or relative; characters that no URL may hold are percent-encoded, as Starlette does.
            A URL that comes from the request may lead anywhere: check its host first.
        status_code: 301, 302, 303, 307 or 308.
        headers: sent along.

    Raises:
        ValueError: another status, an empty URL or one with CR, LF or another control character.
    """
    return RedirectResponse(check_url(str(url)), _check_redirect(status_code), check_headers(headers))


class Redirect(HTTPException):
    """A redirect to raise from a handler, a function it calls, or a dependency.

    Raised while answering a form POST (urlencoded or multipart) it becomes 303, so that the browser follows
    with a GET, as Next.js does; otherwise it keeps its own status. Under plain FastAPI it is an
    `HTTPException` with a `Location`.

    Args:
        url: as in `respond.redirect`.
        status_code: 301, 302, 303, 307 or 308; 307 when not given.
        headers: sent along.

    Raises:
        ValueError: as `respond.redirect`, when it is made.
    """

    def __init__(
        self, url: str | URL, status_code: int | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        status = 307 if status_code is None else status_code
        # The answer is built once here, so that whatever is wrong is wrong at the place that raises.
        answer = redirect(url, status, headers=headers)
        del answer.headers["content-length"]
        super().__init__(status, headers=dict(answer.headers))
        self.url: str = str(url)
        self._extra = headers

    def answer(self, method: str, content_type: str | None) -> Response:
        """The answer to a request: 303 for a form POST, else the own status.

        Args:
            method: the request's method.
            content_type: the value of its `Content-Type` header, parameters included, or None.
        """
        status = 303 if is_form_post(method, content_type) else self.status_code
        return redirect(self.url, status, headers=self._extra)


def is_form_post(method: str, content_type: str | None) -> bool:
    """Whether a request is what an HTML form sends; its media type counts without case and parameters."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return method.upper() == "POST" and media_type in _FORMS


def _check_redirect(status_code: int) -> int:
    if status_code not in _REDIRECTS:
        raise ValueError(f"status {int(status_code)} is no redirect: 301, 302, 303, 307 or 308")
    return check_status(status_code)
