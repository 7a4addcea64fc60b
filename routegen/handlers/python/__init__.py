"""The reader for Python: syntax trees of `route.py` files in, abstract handlers out."""
