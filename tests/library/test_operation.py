"""@operation: what it notes, what it refuses, and that it leaves the handler alone."""

import functools
import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from routegen import operation
from routegen.options import OperationOptions, options_of


def logged(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return handler(*args, **kwargs)

    return wrapper


def test_the_handler_stays_the_same_object() -> None:
    async def GET(id: int) -> dict[str, int]:
        return {"id": id}

    before = inspect.signature(GET)
    assert operation(status_code=201, tags=["users"])(GET) is GET
    assert inspect.signature(GET) == before
    assert inspect.iscoroutinefunction(GET)
    POST = GET
    assert options_of(POST) == {"status_code": 201, "tags": ["users"]}


def test_only_what_was_written_is_noted() -> None:
    @operation(status_code=None)
    def GET() -> None: ...

    def plain() -> None: ...

    assert options_of(GET) == {"status_code": None}
    assert options_of(plain) == {}


def test_options_are_found_through_other_decorators_and_the_outer_one_wins() -> None:
    @operation(status_code=201, summary="outer")
    @logged
    @operation(summary="inner", deprecated=True)
    def GET() -> None: ...

    assert options_of(GET) == {"status_code": 201, "summary": "outer", "deprecated": True}
    assert options_of(functools.partial(GET))["summary"] == "outer"
    assert options_of(logged(logged(GET)))["status_code"] == 201
    assert options_of(GET.__wrapped__) == {"summary": "inner", "deprecated": True}


def test_what_is_read_cannot_change_what_was_noted() -> None:
    @operation(summary="a")
    def GET() -> None: ...

    options_of(GET)["summary"] = "b"
    assert options_of(GET) == {"summary": "a"}


def test_a_wrapper_that_leads_to_itself_ends() -> None:
    def GET() -> None: ...

    GET.__wrapped__ = GET  # type: ignore[attr-defined]
    assert options_of(GET) == {}


@pytest.mark.parametrize("name", ["path", "methods", "name", "status", "route_class_override"])
def test_an_unknown_option_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match=f"no option `{name}`"):
        operation(**{name: "x"})  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"status_code": 99}, {"status_code": 600}, {"max_body_size": -1}])
def test_a_value_that_cannot_be_served_raises(options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        operation(**options)


@pytest.mark.parametrize("target", [len, object(), "text"])
def test_only_functions_carry_options(target: Any) -> None:
    with pytest.raises(TypeError, match="goes on a function"):
        operation(status_code=201)(target)


@pytest.mark.parametrize(
    "order",
    [
        "from routegen import operation",
        "from routegen.options import options_of; from routegen import operation",
    ],
)
def test_the_name_is_the_decorator_in_every_order_of_imports(order: str) -> None:
    use = "from routegen.options import options_of\n@operation(summary='a')\ndef f(): 0\nprint(options_of(f))"
    code = f"{order}\n{use}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "{'summary': 'a'}\n"


def test_the_options_are_those_of_fastapi() -> None:
    theirs = set(inspect.signature(APIRouter.add_api_route).parameters)
    decided = {"self", "path", "endpoint", "methods", "name", "route_class_override"}
    assert set(OperationOptions.__annotations__) == theirs - decided


def test_fastapi_takes_them() -> None:
    @operation(status_code=202, response_model=dict[str, int], max_body_size=10, include_in_schema=False)
    def GET() -> Any:
        return {"a": "1"}

    app = FastAPI()
    app.router.add_api_route("/", GET, **options_of(GET))
    answer = TestClient(app).get("/")
    assert (answer.status_code, answer.json()) == (202, {"a": 1})
