"""What only the dev server shows: error pages, the 404 page and the request log."""
