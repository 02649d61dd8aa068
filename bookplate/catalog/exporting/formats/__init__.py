"""The formats that books can leave in, one file each."""

from bookplate.catalog.exporting.formats.bibtex import BibTeX
from bookplate.catalog.exporting.formats.csv_table import CSV
from bookplate.catalog.exporting.formats.format import Format
from bookplate.catalog.exporting.formats.json_lines import JSONLines
from bookplate.catalog.exporting.formats.marc import MARC21
from bookplate.catalog.exporting.formats.marcxml import MARCXML
from bookplate.catalog.exporting.formats.workbook import Workbook

__all__ = ["FORMATS", "Format"]

_ALL: list[Format] = [CSV(), Workbook(), JSONLines(), MARC21(), MARCXML(), BibTeX()]
FORMATS = {form.name: form for form in _ALL}
