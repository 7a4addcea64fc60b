"""What the page at /thanks shows."""


async def load() -> dict[str, object]:
    """The values of `page.html`; takes what a route handler takes: parameters, `Depends`, a session."""
    return {"text": "Your order is written down, once, however often you clicked."}
