"""FastAPI with the handlers of the routegen project."""

from fastapi import FastAPI
from model import Item

app = FastAPI()


@app.get("/api/hello")
async def hello():
    """A dictionary."""
    return {"hello": "world"}


@app.get("/api/users/{id}")
async def user(id: int):
    """A validated path parameter."""
    return {"id": id}


@app.post("/api/echo")
async def echo(item: Item) -> Item:
    """A validated body."""
    return item
