"""The one error envelope: every answer with a fault in it is `{"error": "<sentence>"}`, or a small page for a browser."""

from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from routegen.respond.answers import Redirect

_BODYLESS = frozenset({204, 205, 304})


def install(app: FastAPI) -> None:
    """Register the envelope's handlers; a handler that main.py adds for the same exception replaces it."""
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_invalid_request)
    app.add_exception_handler(Exception, answer_crash)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """An HTTPException as the envelope; its status and headers stay."""
    assert isinstance(error, HTTPException)
    if isinstance(error, Redirect):
        return error.answer(request.scope.get("method", "GET"), request.headers.get("content-type"))
    if error.status_code in _BODYLESS or error.status_code < 200:
        return Response(status_code=error.status_code, headers=error.headers)
    detail: Any = error.detail
    headers = dict(error.headers or {})
    if detail is None or isinstance(detail, str):
        return answer(request, error.status_code, detail or _phrase(error.status_code), headers=headers)
    content = {"error": _phrase(error.status_code), "detail": jsonable_encoder(detail)}
    return JSONResponse(content, error.status_code, headers)


async def answer_invalid_request(request: Request, error: Exception) -> Response:
    """A request that does not fit the handler's signature: 422 with FastAPI's `detail`; malformed JSON is 400."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(item.get("type") == "json_invalid" for item in errors):
        return answer(request, 400, "The body is not valid JSON")
    message = _first_fault(errors)
    try:
        return JSONResponse(
            {"error": message, "detail": jsonable_encoder(errors, custom_encoder={bytes: _text})}, 422
        )
    except (
        ValueError,
        RecursionError,
    ):  # what was sent cannot be sent back: it is nested too deeply, for one
        for item in errors:
            item.pop("input", None)
        return JSONResponse({"error": message, "detail": jsonable_encoder(errors)}, 422)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


async def answer_crash(request: Request, error: Exception) -> Response:
    """An exception nobody handled: 500 without a word of it."""
    return answer(request, 500, "Internal Server Error")


def answer(
    request: Request, status_code: int, message: str, *, headers: dict[str, str] | None = None
) -> Response:
    """The envelope, or for a browser (`Accept: text/html`) a page with the same sentence."""
    if wants_html(request.headers.get("accept", "")):
        return HTMLResponse(page(status_code, message), status_code, headers)
    return JSONResponse({"error": message}, status_code, headers)


def wants_html(accept: str) -> bool:
    """Whether the client names HTML, and names it before JSON. No `Accept`, or `*/*` alone, is an API client."""
    html, json = accept.find("text/html"), accept.find("application/json")
    return html >= 0 and (json < 0 or html < json)


def page(status_code: int, message: str) -> str:
    """A small page for a person; the message is escaped."""
    title = f"{status_code} {_phrase(status_code)}"
    detail = "" if message == _phrase(status_code) else f"<p>{escape(message)}</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title>"
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:36rem;padding:0 1rem}</style>"
        f"<h1>{escape(title)}</h1>{detail}</html>"
    )


def _first_fault(errors: Any) -> str:
    """One readable sentence for the first fault: ``path `id`: Input should be a valid integer``."""
    first: dict[str, Any] = errors[0] if errors else {}
    place, *rest = [str(part) for part in first.get("loc", ())] or ["request"]
    where = f"{place} `{'.'.join(rest)}`" if rest else place
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {first.get('msg', 'invalid')}{more}"


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "Error"
