from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from routegen.database.testing import throw_away

from lib.auth import auth
from lib.db import database
from main import app

URL = "/api/products"
REQUIRED = [
    "name",
    "description",
    "price",
    "stock",
]
SORTABLE = [
    "name",
    "price",
    "stock",
]


@pytest.fixture(autouse=True)
def own_database() -> Iterator[None]:
    with throw_away(database):
        yield


@pytest.fixture
def signed_in() -> Iterator[None]:
    app.dependency_overrides[auth] = lambda: "ada"
    yield
    app.dependency_overrides.clear()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_who_is_signed_in_may_write(client: TestClient, method: str) -> None:
    url = URL if method == "POST" else f"{URL}/1"
    assert client.request(method, url, json={}).status_code == 401


def data(number: int = 1) -> dict[str, Any]:
    """What a caller gives to create one; what is unique differs by `number`."""
    return {
        "name": "name 1",
        "description": "A longer text.\n",
        "price": "1.55",
        "stock": 7,
    }


@pytest.mark.usefixtures("signed_in")
def test_a_row_is_created_read_changed_and_deleted(client: TestClient) -> None:
    given = data()
    created = client.post(URL, json=given)
    assert created.status_code == 201
    row = created.json()
    assert row == row | given
    place = created.headers["Location"]
    assert client.get(place).json() == row
    assert client.get(URL).json() == {"items": [row], "next": None}

    assert client.patch(place, json={}).json() == row
    assert client.put(place, json=given | {"id": 77}).json() == row
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert client.get(URL).json() == {"items": [], "next": None}


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "other name"),
        ("description", "Another text.\n"),
        ("price", "-2.00"),
        ("stock", -8),
    ],
)
def test_one_field_is_changed(client: TestClient, field: str, value: object) -> None:
    created = client.post(URL, json=data())
    changed = client.patch(created.headers["Location"], json={field: value})
    assert changed.status_code == 200
    assert changed.json() == created.json() | {field: value}


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\0"),
        ("name", 1),
        ("name", None),
        ("description", ""),
        ("description", "x" * 50001),
        ("description", "a\0"),
        ("description", 1),
        ("description", None),
        ("price", "10000000000"),
        ("price", "0.111"),
        ("price", "NaN"),
        ("price", 1),
        ("price", None),
        ("stock", 2**53),
        ("stock", -(2**53)),
        ("stock", 2**63),
        ("stock", 1.5),
        ("stock", "1"),
        ("stock", True),
        ("stock", None),
    ],
)
def test_a_wrong_value_is_refused(client: TestClient, field: str, value: object) -> None:
    place = client.post(URL, json=data()).headers["Location"]
    for answer in (
        client.post(URL, json=data(2) | {field: value}),
        client.put(place, json=data() | {field: value}),
        client.patch(place, json={field: value}),
    ):
        assert answer.status_code == 422
        assert "error" in answer.json()


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_value_is_refused(client: TestClient, field: str) -> None:
    given = data()
    del given[field]
    assert client.post(URL, json=given).status_code == 422


@pytest.mark.usefixtures("signed_in")
def test_the_list_comes_in_pages(client: TestClient) -> None:
    rows = [client.post(URL, json=data(number)).json() for number in (1, 2, 3)]
    first = client.get(URL, params={"limit": 2, "sort": "-id"}).json()
    assert first["items"] == [rows[2], rows[1]]
    rest = {"limit": 2, "sort": "-id", "cursor": first["next"]}
    assert client.get(URL, params=rest).json() == {"items": [rows[0]], "next": None}
    assert client.get(URL, params=rest | {"sort": "id"}).status_code == 404
    for wrong in [{"limit": 0}, {"limit": 101}, {"sort": "nothing"}, {"nothing": 1}]:
        assert client.get(URL, params=wrong).status_code == 422


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("field", SORTABLE)
def test_the_list_is_sorted_and_filtered(client: TestClient, field: str) -> None:
    rows = [client.post(URL, json=data(number)).json() for number in (1, 2)]
    value = rows[0][field]
    wanted = [row for row in rows if row[field] == value]
    text = str(value).lower() if isinstance(value, bool) else value
    asked = {} if value is None else {field: text}
    assert client.get(URL, params=asked).json()["items"] == wanted
    for sort in (field, f"-{field}"):
        page = client.get(URL, params={"limit": 1, "sort": sort}).json()
        found = page["items"]
        found += client.get(URL, params={"sort": sort, "cursor": page["next"]}).json()["items"]
        assert sorted(found, key=lambda row: row["id"]) == rows


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_is_not_there_is_404(client: TestClient, method: str) -> None:
    given = None if method in ("GET", "DELETE") else data()
    answer = client.request(method, f"{URL}/999", json=given)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Product not found"}
    assert client.request(method, f"{URL}/nobody", json=given).status_code == 422
