"""The tables, one module each, with the models that requests and answers use."""
