"""Bringing books in: a file is received (`intake`), read (`readers`), matched and written (`pipeline`), reported."""
