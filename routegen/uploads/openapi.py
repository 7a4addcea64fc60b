"""Describes what an upload takes, so that `/docs` offers a button to choose a file."""

from typing import Any

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


def _described(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {
            "415": _answer("Unsupported Media Type"),
            "422": _answer("Unprocessable Content"),
        },
    }


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ERROR}}}
