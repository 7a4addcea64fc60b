"""The error envelope and event streams as OpenAPI describes them."""

from typing import Any

COMPONENTS: dict[str, Any] = {
    "ErrorAnswer": {
        "title": "ErrorAnswer",
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string", "description": "One sentence for a person"}},
    },
    "InvalidRequest": {
        "title": "InvalidRequest",
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {"type": "string", "description": "The first fault, in one sentence"},
            "detail": {
                "description": "Every fault; missing where a handler has refused the request itself",
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "loc", "msg"],
                    "properties": {
                        "type": {"type": "string"},
                        "loc": {
                            "type": "array",
                            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                        },
                        "msg": {"type": "string"},
                    },
                },
            },
        },
    },
}


def _answer(description: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}


def error_answer(description: str) -> dict[str, Any]:
    """A documented error that is answered with the envelope."""
    return _answer(description, "ErrorAnswer")


INVALID_REQUEST = _answer("Validation Error", "InvalidRequest")


_EVENT = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}


def add_components(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the envelope's schemas in it, and with what an event is."""
    schema.setdefault("components", {}).setdefault("schemas", {}).update(COMPONENTS)
    operations = (operation for item in schema.get("paths", {}).values() for operation in item.values())
    for answer in (answer for operation in operations for answer in operation["responses"].values()):
        stream = answer.get("content", {}).get("text/event-stream", {})
        if stream.get("schema") == {"type": "string"}:  # what FastAPI says of anything that is no JSON
            del stream["schema"]
            stream["itemSchema"] = _EVENT
    return schema
