"""Serves a folder tree: modules are loaded, their handlers compiled to endpoints, edits swapped in while it runs."""
