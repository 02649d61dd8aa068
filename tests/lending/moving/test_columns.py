"""Which list it is, told by its columns alone, as each system names them."""

import csv
from pathlib import Path

import pytest

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.readers.columns import normal
from bookplate.lending.moving import columns

HEADERS = {
    "members": [
        "cardnumber,surname,firstname,email,categorycode,branchcode,dateexpiry,borrowernotes",
        "borrowernumber,surname,firstname",
        "Patron Barcode,Last Name,First Name,Grade Level,Homeroom",
        "Barcode,Last Name,First Name,Grade",
        "usr.card.barcode,family_name,first_given_name,expire_date,profile",
        "empr_cb;empr_nom;empr_prenom;empr_date_expiration;empr_categ",
        "Ausweisnummer;Nachname;Vorname;Klasse;gültig bis;Bemerkung",
        "Número de carnet;Apellidos;Nombre;Fecha de vencimiento",
        "Patron;Card Number",
        "Номер билета;Фамилия;Имя",
    ],
    "loans": [
        "cardnumber,barcode,date_due,issuedate,renewals,returndate",
        "borrowernumber,itemnumber,date_due",
        "Patron Barcode,Copy Barcode,Title,Author,Due Date,Checkout Date",
        "Patron Barcode,Patron Name,Item Barcode,Title,ISBN,Out Date,Due Date",
        "patron_barcode,copy_barcode,xact_start,due_date,checkin_time",
        "empr_cb;expl_cb;pret_date;pret_retour",
        "Ausweisnummer;Mediennummer;Titel;Fällig am",
        "Numéro de carte;Code-barres;Date de retour prévue",
    ],
    "holds": [
        "cardnumber,isbn,reservedate,priority",
        "cardnumber,biblionumber,title,author,reservedate,found,cancellationdate",
        "Patron Barcode,Title,Author,Hold Placed Date",
        "patron_barcode,copy_barcode,request_time,queue_position",
        "Ausweisnummer;ISBN;Vormerkdatum",
    ],
    "csv": ["title,author,barcode,due", "Title,Author,ISBN,Barcode", "name,author", "Title,Card Number"],
    "": ["name,email", "firstname,lastname", "card,barcode", "card,due", "card,placed"],
}


@pytest.mark.parametrize(("kind", "header"), [(kind, header) for kind, all_ in HEADERS.items() for header in all_])
def test_a_list_is_known_by_its_columns(kind: str, header: str) -> None:
    reader = readers.recognise(f"{header}\n".encode())

    assert (reader.name if reader else "") == kind


def test_no_list_of_books_is_taken_for_one_of_people(shared_data: Path) -> None:
    found = [path for path in shared_data.rglob("*.csv") if (reader := readers.recognise(path.read_bytes()[:65536]))]
    kinds = {reader.name for path in found if (reader := readers.recognise(path.read_bytes()[:65536]))}

    assert len(found) > 10
    assert kinds <= {"csv", "goodreads"}


@pytest.mark.parametrize("vocabulary", [columns.MEMBER, columns.LOAN, columns.HOLD])
def test_no_name_means_two_things(vocabulary: dict[str, list[str]]) -> None:
    names = [name for synonyms in vocabulary.values() for name in set(synonyms)]

    assert sorted(names) == sorted(set(names))
    assert all(name == normal(name) and name for name in names)


def test_a_name_in_the_header_may_be_spelt_any_way() -> None:
    [header] = csv.reader(["CARD-NUMBER,Sur Name,SURNAME,First_Name"])

    assert columns.of_members(header) == {"card": [0], "lastname": [2], "firstname": [3]}
