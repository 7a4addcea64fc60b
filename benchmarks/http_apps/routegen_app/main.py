"""The project's application."""

from routegen import create_app

app = create_app()
