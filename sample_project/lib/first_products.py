"""What an empty shop begins with."""

from decimal import Decimal

from lib.models.product import ProductCreate

FIRST = (
    ProductCreate(
        name="Fountain pen",
        description="A steel nib, fine, with a converter for any ink.",
        price=Decimal("34.00"),
        stock=3,
    ),
    ProductCreate(
        name="Ink, blue-black",
        description="50 ml. Dries in seconds, stays for centuries.",
        price=Decimal("9.90"),
        stock=40,
    ),
    ProductCreate(
        name="Notebook",
        description="192 pages, dotted, lies flat when it is open.",
        price=Decimal("12.50"),
        stock=20,
    ),
)
