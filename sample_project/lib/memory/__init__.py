"""Sample data that lives as long as the process: to be replaced by a database."""
