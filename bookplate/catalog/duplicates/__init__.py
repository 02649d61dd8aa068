"""Editions that are there twice: finding them, saying that two are not the same, remembering what was merged.

Merging itself moves holds and loans, so it is the lending room's (`lending/merging.py`).
"""
