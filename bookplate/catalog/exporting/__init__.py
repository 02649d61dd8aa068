"""Lists going out: the whole library, or what a search finds, one book at a time; each format is one file."""
