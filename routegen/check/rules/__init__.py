"""The rules of `routegen check`, one module each: its docstring is the manual, its blocks are its tests."""
