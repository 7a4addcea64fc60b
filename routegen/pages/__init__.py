"""Renders pages: Jinja2 templates wrapped by their layouts, with forms that are bound to actions."""
