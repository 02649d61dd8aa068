#!/usr/bin/env python
"""Django's command line for Bookplate; the installed `bookplate` command is the same."""

from bookplate.__main__ import main

if __name__ == "__main__":
    main()
