"""What the person at the terminal is told."""

import sys


class Problem(Exception):
    """The measurement cannot go on; the text is for the person who started it."""


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
