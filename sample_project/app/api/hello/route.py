"""/api/hello: shows that the project runs. Change it, or delete it together with its test."""

EXPOSE = "public"  # anyone may call it


async def GET(name: str = "world") -> dict[str, str]:
    """Greet someone."""
    return {"message": f"Hello, {name}!"}
