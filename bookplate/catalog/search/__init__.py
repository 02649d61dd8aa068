"""Finding books by words: the index, what people type, the order of the answers.

What other rooms and doors use:

- `catalog.filters.Filters(search=…, author=…, subject=…, exact=…, …)`: what is asked for. `filters.find()` gives a
  queryset of all that fits, in no order.
- `catalog.listing.json_page()` and `catalog.listing.page()`: a page of it, best first when the place's ordering is
  `listing.order("", filters)`; both say what was searched for instead of a misspelt search.
- `search.finding.narrowed(books, text)`: any queryset of books, narrowed to what fits.
- `search.upkeep`: `ensure`, `reindex`, `faults`, `freshen_statistics`.

Within: `tokens` (words of a text), `words` (words of a book), `query` (what was typed), `tiers` (what the index is
asked, best first), `index` with `sqlite` and `postgresql` (how each database does it).
docs/decisions/search.md says why.
"""
