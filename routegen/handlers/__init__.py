"""What a module offers, as abstract handlers, read from its syntax and never run."""

from routegen.handlers.methods import read_methods
from routegen.handlers.python.source import SourceError

__all__ = ["SourceError", "read_methods"]
