"""What a tree of folders means: segments, routes, the manifest, conflicts, and the matching of a path."""

from routegen.routes.manifest import GUARD_FILE, ROUTE_FILE, Manifest, scan
from routegen.routes.route import HANDLER_NAMES, METHODS, Problem, Route
from routegen.routes.segment import Kind, Segment, SegmentError

__all__ = [
    "GUARD_FILE",
    "HANDLER_NAMES",
    "METHODS",
    "ROUTE_FILE",
    "Kind",
    "Manifest",
    "Problem",
    "Route",
    "Segment",
    "SegmentError",
    "scan",
]
