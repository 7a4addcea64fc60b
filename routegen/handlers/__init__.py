"""What a module offers, as abstract handlers, read from its syntax and never run."""

from routegen.handlers.handler import Handler
from routegen.handlers.methods import read_methods
from routegen.handlers.python.reader import read_module
from routegen.handlers.python.source import SourceError
from routegen.handlers.route_module import RouteModule

__all__ = ["Handler", "RouteModule", "SourceError", "read_methods", "read_module"]
