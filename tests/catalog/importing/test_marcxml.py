"""MARCXML (G21): records cut out one by one, a document type refused."""

import pytest

from bookplate.core.errors import Invalid
from tests.catalog.importing.conftest import Bring, counts, failures, the_book, titles

pytestmark = pytest.mark.django_db

RECORD = """<record><leader>01344cam a22003014i 4500</leader>
<controlfield tag="008">120829s1974    nyu      bk   001 0 eng  </controlfield>
<datafield tag="020" ind1=" " ind2=" "><subfield code="a">9780061054884 (pbk.)</subfield></datafield>
<datafield tag="100" ind1="1" ind2=" "><subfield code="a">Le Guin, Ursula K.</subfield></datafield>
<datafield tag="245" ind1="1" ind2="4"><subfield code="a">The Dispossessed &amp; more :</subfield></datafield>
</record>"""
OTHER = RECORD.replace("9780061054884 (pbk.)", "").replace("The Dispossessed &amp; more :", "The Telling")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">'


def test_a_collection_is_read(bring: Bring) -> None:
    job = bring(f"{HEAD}{RECORD}</collection>", "list.xml")

    assert (job.format, the_book()) == (
        "marcxml",
        ("The Dispossessed & more", "Ursula K. Le Guin", 1974, "9780061054884"),
    )


def test_prefixes_and_wrapping_do_not_matter(bring: Bring) -> None:
    prefixed = RECORD.replace("</", "</m:").replace("<", "<m:").replace("<m:/m:", "</m:")
    wrapped = f"<record><header/><metadata>{prefixed}</metadata></record><record><header status='deleted'/></record>"
    job = bring(f'<?xml version="1.0"?><answer xmlns:m="http://www.loc.gov/MARC21/slim">{wrapped}</answer>', "list.xml")

    assert (counts(job), titles()) == ((1, 1, 0, 0, 0), ["The Dispossessed & more"])


@pytest.mark.parametrize(
    "damaged",
    [
        RECORD.replace("</leader>", ""),
        RECORD.replace("</record>", ""),
        RECORD.replace("&amp;", "&"),
        RECORD.replace("&amp;", "&entity;"),
        RECORD.replace("</subfield>", "</subfeld>", 1),
        "<record></record>",
    ],
)
def test_a_damaged_record_costs_itself_alone(bring: Bring, damaged: str) -> None:
    job = bring(f"{HEAD}{OTHER}{damaged}{RECORD}</collection>", "list.xml")

    assert (counts(job), titles()) == ((3, 2, 0, 0, 1), ["The Telling", "The Dispossessed & more"])
    assert [position for position, _, _ in failures(job)] == [2]


def test_a_file_cut_off_is_told(bring: Bring) -> None:
    job = bring(f"{HEAD}{OTHER}{RECORD[:200]}", "list.xml")

    assert (counts(job), titles()) == ((2, 1, 0, 0, 1), ["The Telling"])


@pytest.mark.parametrize(
    "doctype", ['<!DOCTYPE x SYSTEM "file:///etc/passwd">', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>']
)
def test_a_document_type_is_refused(receive: Bring, doctype: str) -> None:
    with pytest.raises(Invalid, match="document type"):
        receive(f'<?xml version="1.0"?>{doctype}<collection>{RECORD}</collection>', "list.xml")


def test_latin_1_is_read_and_other_encodings_are_refused(bring: Bring) -> None:
    head = HEAD.replace("UTF-8", "ISO-8859-1")
    bring(f"{head}{OTHER.replace('The Telling', 'Käfig')}</collection>".encode("latin-1"), "list.xml")

    assert titles() == ["Käfig"]
    with pytest.raises(Invalid, match="Save it as UTF-8"):
        bring(f"{HEAD.replace('UTF-8', 'shift_jis')}{RECORD}</collection>", "list.xml")
