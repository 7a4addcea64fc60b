"""Create the tables `orders` and `subscribers`."""

import sqlalchemy as sa
from alembic import op

revision = "shop_orders"
down_revision = "212a9042d255"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the database forwards."""
    op.create_table(
        "orders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column(
            "price",
            sa.Numeric(12, 2).with_variant(sa.BigInteger(), "sqlite"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("email", name=op.f("uq_subscribers_email")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("subscribers")
    op.drop_table("orders")
