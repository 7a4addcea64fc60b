"""What a tree of folders means: segments, routes, pages, the manifest, conflicts, and the matching of a path."""

from routegen.routes.manifest import ACTIONS_FILE, GUARD_FILE, PAGE_FILE, ROUTE_FILE, Manifest, scan
from routegen.routes.route import HANDLER_NAMES, METHODS, Page, Problem, Route
from routegen.routes.segment import Kind, Segment, SegmentError

__all__ = [
    "ACTIONS_FILE",
    "GUARD_FILE",
    "HANDLER_NAMES",
    "METHODS",
    "PAGE_FILE",
    "ROUTE_FILE",
    "Kind",
    "Manifest",
    "Page",
    "Problem",
    "Route",
    "Segment",
    "SegmentError",
    "scan",
]
