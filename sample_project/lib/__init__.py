"""What the route handlers share."""
