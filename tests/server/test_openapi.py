"""The OpenAPI document: every handler in it, with ids that are unique and stay."""

import warnings
from typing import Any

import jsonschema
import pytest

from tests.server.asgi import ask
from tests.server.conftest import Site

TREE = {
    "app/route.py": "async def GET(): return 1",
    "api/users": "from pydantic import BaseModel\nclass User(BaseModel):\n    name: str\nasync def GET() -> list[User]: return []\nasync def POST(user: User) -> User: return user",
    "api/users/[id]": "async def GET(id: int):\n    '''One user.'''\n    return 1\nasync def DELETE(id: int): ...",
    "files/[...path]": "async def GET(path: list[int]): return path",
    "text/[...path]": "async def GET(path: str): return path",
    "docs_/[[...slug]]": "async def GET(slug: list[str]): return slug",
    "a-b": "async def GET(): return 1",
    "a_b": "async def GET(): return 1",
    "a.b": "async def GET(): return 1",
    "by_id": "async def GET(): return 1",
    "[id]": "async def GET(id: str): return 1",
    "ünï": "async def GET(): return 1",
    ".well-known/x": "async def GET(): return 1",
    "own": "from routegen import operation\n@operation(operation_id='mine', summary='Mine', tags=['t'], responses={404: {'description': 'Own'}})\nasync def GET(q: int): return 1",
    "hidden": "from routegen import operation\n@operation(include_in_schema=False)\nasync def GET(): return 1",
    "raw": "from fastapi import Request\nasync def PUT(request: Request): return 1",
}


@pytest.fixture
def schema(site: Site) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document: dict[str, Any] = site(TREE).openapi()
    return document


def operations(schema: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(path, method): o for path, methods in schema["paths"].items() for method, o in methods.items()}


def test_every_handler_is_there(schema: dict[str, Any]) -> None:
    assert set(schema["paths"]) == {
        "/", "/api/users", "/api/users/{id}", "/files/{path}", "/text/{path}", "/docs_/{slug}", "/docs_", "/a-b", "/a_b", "/a.b",
        "/by_id", "/{id}", "/ünï", "/.well-known/x", "/own", "/raw",
    }  # fmt: skip
    assert set(schema["paths"]["/api/users/{id}"]) == {"get", "delete"}


def test_ids_are_unique_readable_and_stable(schema: dict[str, Any], site: Site) -> None:
    ids = {key: o["operationId"] for key, o in operations(schema).items()}
    assert len(set(ids.values())) == len(ids)
    assert ids["/", "get"] == "get_root"
    assert ids["/api/users/{id}", "delete"] == "delete_api_users_by_id"
    assert ids["/own", "get"] == "mine"
    again = {key: o["operationId"] for key, o in operations(site(TREE).openapi()).items()}
    assert again == ids
    fewer = operations(site({k: v for k, v in TREE.items() if k != "api/users"}).openapi())
    assert all(ids[key] == o["operationId"] for key, o in fewer.items() if key != ("/api/users", "post"))


def test_summaries_and_descriptions(schema: dict[str, Any]) -> None:
    found = operations(schema)
    assert found["/api/users/{id}", "get"]["summary"] == "Get api users by id"
    assert found["/api/users/{id}", "get"]["description"] == "One user."
    assert found["/own", "get"]["summary"] == "Mine"
    assert found["/api/users", "get"]["tags"] == ["users"]


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/", "get", {"200"}),
        ("/api/users", "get", {"200"}),
        ("/api/users", "post", {"200", "400", "413", "422"}),
        ("/api/users/{id}", "get", {"200", "400", "404", "422"}),
        ("/raw", "put", {"200", "400", "413"}),
        ("/own", "get", {"200", "404", "422"}),
    ],
)
def test_documented_statuses(schema: dict[str, Any], path: str, method: str, statuses: set[str]) -> None:
    assert set(operations(schema)[path, method]["responses"]) == statuses


def test_the_envelope_is_described(schema: dict[str, Any]) -> None:
    answer = operations(schema)["/api/users/{id}", "get"]["responses"]["404"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}
    text = str(schema)
    references = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schema["components"]["schemas"])
    assert operations(schema)["/own", "get"]["responses"]["404"]["description"] == "Own"
    assert "HTTPValidationError" not in references


def test_a_422_is_as_documented_whoever_answers_it(site: Site) -> None:
    """FastAPI's own has details; one that a handler raises has a sentence only."""
    handler = "from fastapi import HTTPException\nasync def GET(q: int):\n    raise HTTPException(422, 'The body is empty')\n"
    app = site({"x": handler})
    document = app.openapi()
    schema = {"$ref": "#/components/schemas/InvalidRequest", "components": document["components"]}
    for query in ("q=1", "q=x"):
        answer = ask(app, "GET", f"/x?{query}")
        assert answer.status == 422
        jsonschema.validate(answer.json(), schema)


def test_catch_alls_are_described(schema: dict[str, Any]) -> None:
    files = operations(schema)["/files/{path}", "get"]["parameters"][0]
    assert (files["name"], files["in"], files["required"]) == ("path", "path", True)
    assert files["schema"]["type"] == "array" and files["schema"]["items"] == {"type": "integer"}
    assert operations(schema)["/text/{path}", "get"]["parameters"][0]["schema"]["type"] == "string"
    assert "parameters" not in operations(schema)["/docs_", "get"]


def test_served(site: Site) -> None:
    assert set(ask(site(TREE), "GET", "/openapi.json").json()["paths"]) >= {"/api/users"}


def test_routes_lists_the_tree(site: Site) -> None:
    paths = {getattr(route, "path", None) for route in site(TREE).routes}
    assert {"/docs", "/api/users/{id}"} <= paths


def test_a_way_to_sign_in_documents_its_refusals(site: Site) -> None:
    secured = (
        "from typing import Annotated\nfrom fastapi import Depends\nfrom fastapi.security import HTTPBearer\n"
        "def auth(token: Annotated[object, Depends(HTTPBearer())]) -> object: return token\n"
        "async def GET(user: Annotated[object, Depends(auth)]): return 1"
    )
    paths = site({"x": secured, "y": "async def GET(): return 1"}).openapi()["paths"]
    assert {"401", "403"} <= set(paths["/x"]["get"]["responses"])
    assert {"401", "403"}.isdisjoint(paths["/y"]["get"]["responses"])
