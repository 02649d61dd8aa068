"""Bringing lists in: a file is received (`intake`), read (`readers`), decided (`batches`), written (`pipeline`).

What its records become is a `Batch` of the room that knows it: `books` here, loans and holds in `lending.moving`.
"""
