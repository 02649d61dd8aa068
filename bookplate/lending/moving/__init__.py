"""Moving in from another system: members, open loans and holds from CSV, by the pipeline that brings books in.

`columns` knows what others call things, `dates` reads their dates, `readers` the three kinds of lists, and
`members`, `loans` and `holds` decide and write a batch of each.
"""
