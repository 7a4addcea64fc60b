"""The tables, one module each, with the models that requests and answers use."""

from routegen.database import import_models

import_models(__path__, __name__)  # a table that refers to another one has to find it
