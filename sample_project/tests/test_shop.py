"""What a guest and a customer do in the shop, as their browser does it."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from routegen.database.testing import throw_away
from routegen.ratelimit import RateLimit
from sqlmodel import select

from lib.auth import login, users
from lib.db import database
from lib.models.order import Order
from main import app

OWN = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a form of our own page
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"
ORDER = {"name": "Ada", "email": EMAIL, "amount": "2"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser over https that follows no redirect, in front of a shop with the first products."""
    monkeypatch.setattr(login, "limit", RateLimit("5/minute", redis_url=""))
    with (
        throw_away(database),
        TestClient(app, base_url="https://testserver", follow_redirects=False) as client,
    ):
        assert client.portal is not None
        client.portal.call(users.create, EMAIL, PASSWORD)
        filled = client.post("/?/stock_up", headers=OWN | FORM)
        assert (filled.status_code, filled.headers["location"]) == (303, "/")
        yield client


async def orders() -> list[Order]:
    """What was ordered."""
    async with database.open() as session:
        return list((await session.exec(select(Order))).all())


def send_order(client: TestClient, token: str, **changes: str) -> Response:
    """Send the form of the product's page, with its one-time token."""
    data = {**ORDER, **changes, "$once": token}
    return client.post("/products/1?/order", data=data, headers=OWN)


def once(client: TestClient) -> str:
    """The one-time token of the form."""
    found = re.search(r'name="\$once" value="([^"]+)"', client.get("/products/1").text)
    assert found is not None
    return found[1]


def test_an_order_is_corrected_and_taken_once(client: TestClient) -> None:
    assert 'href="/products/1"' in client.get("/").text
    token = once(client)
    refused = send_order(client, token, amount="4")
    assert refused.status_code == 422
    assert "We have only 3" in refused.text
    assert 'value="Ada"' in refused.text
    for _ in range(2):  # a double click
        taken = send_order(client, token)
        assert (taken.status_code, taken.headers["location"]) == (303, "/thanks")
    assert "1 in stock" in client.get("/products/1").text
    assert client.portal is not None
    (order,) = client.portal.call(orders)
    assert (order.product_id, order.amount, order.price) == (1, 2, Decimal("68.00"))


def test_a_shelf_is_filled_once(client: TestClient) -> None:
    client.post("/?/stock_up", headers=OWN | FORM)
    assert client.get("/").text.count('href="/products/') == 3


def test_what_is_not_for_sale_is_404(client: TestClient) -> None:
    assert client.get("/products/4").status_code == 404


def test_the_api_shows_what_the_shop_sells(client: TestClient) -> None:
    product, *others = client.get("/api/products").json()["items"]
    assert (product["name"], product["price"], product["stock"]) == ("Fountain pen", "34.00", 3)
    assert len(others) == 2
    assert client.delete("/api/products/1", headers=OWN).status_code == 401


def test_nobody_learns_whether_an_address_is_on_the_list(client: TestClient) -> None:
    def subscribe() -> Response:
        return client.post("/?/subscribe", data={"email": EMAIL}, headers=OWN)

    for _ in range(2):
        assert subscribe().headers["location"] == "/?subscribed=1"


def test_the_account_is_for_who_is_signed_in(client: TestClient) -> None:
    def sign_in(password: str) -> Response:
        return client.post(
            "/sign-in?/sign_in", data={"email": EMAIL, "password": password}, headers=OWN
        )

    assert client.get("/account").headers["location"] == "/sign-in"
    assert client.post("/account?/sign_out", headers=OWN | FORM).status_code == 401
    wrong = sign_in("wrong")
    assert wrong.status_code == 422
    assert "Wrong e-mail address or password" in wrong.text
    assert "wrong" not in re.findall(r'value="([^"]*)"', wrong.text)
    assert sign_in(PASSWORD).headers["location"] == "/account"
    assert EMAIL in client.get("/account").text
    assert client.post("/account?/sign_out", headers=OWN | FORM).status_code == 303
    assert client.get("/account").headers["location"] == "/sign-in"
