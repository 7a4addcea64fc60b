"""Fixes: edits of bytes, all of a fix or none, applied in rounds until nothing is left to mend."""
