"""Describes what an upload takes and gives, so that `/docs` offers a button to choose a file."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from routegen.uploads import tus

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "title": "Error"}},
}


def form_schema(field: str, *, several: bool) -> dict[str, Any]:
    """`openapi_extra` of a handler that takes a multipart form with a file in `field`."""
    one = {"type": "string", "format": "binary", "title": "File"}
    value = {"type": "array", "items": one} if several else one
    schema = {"type": "object", "required": [field], "properties": {field: value}}
    return _described({"multipart/form-data": {"schema": schema}})


def raw_schema(media_types: list[str]) -> dict[str, Any]:
    """`openapi_extra` of a handler whose whole body is one file."""
    return _described(
        {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    )


def begin_schema(most: int) -> dict[str, Any]:
    """`openapi_extra` of a handler that begins an upload in pieces, of so many bytes at most."""
    length = {"type": "integer", "minimum": 0, "maximum": most}
    parameters = [
        _VERSION,
        _header("Upload-Length", length, "Bytes of the whole file"),
        _header("Upload-Metadata", {"type": "string"}, "`filename` and `filetype`, base64", required=False),
    ]
    return {"parameters": parameters, "responses": _refusals(412, 415, 429)}


def piece_schema() -> dict[str, Any]:
    """`openapi_extra` of a handler that takes a piece of an upload."""
    offset = _header("Upload-Offset", {"type": "integer", "minimum": 0}, "Where the piece begins")
    mismatch = {"460": _answer("Checksum Mismatch")}
    body = {"content": {tus.PIECE: {"schema": {"type": "string", "format": "binary"}}}}
    return {
        "parameters": [_VERSION, offset],
        "requestBody": {"required": True, **body},
        "responses": {**_refusals(409, 412, 415, 423), **mismatch},
    }


class FileAnswer(Response):
    """What `Uploads.answer` gives, for the API's document: `@operation(response_class=FileAnswer)`."""

    media_type = "*/*"


def _header(name: str, schema: dict[str, Any], description: str, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": description}


_VERSION = _header("Tus-Resumable", {"type": "string", "enum": [tus.VERSION]}, "The version of tus")


def _described(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}, "responses": _refusals(415, 422)}


def _refusals(*statuses: int) -> dict[str, Any]:
    return {str(status): _answer(HTTPStatus(status).phrase) for status in statuses}


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ERROR}}}
