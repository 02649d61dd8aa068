"""What the columns are called in other systems' lists of members, loans and holds.

By Koha (`borrowers`, `issues`, `reserves`), Evergreen, PMB (`empr_cb`, `expl_cb`, `pret_retour`), Alexandria,
Destiny, LibraryWorld, and by people who keep a spreadsheet.
"""

from collections.abc import Sequence

from bookplate.catalog.importing.readers import columns
from bookplate.catalog.importing.readers.columns import COPY, Columns, vocabulary

_CARD = """
card: cardnumber, card number, card no, card nr, card, card id, card barcode, library card, library card
    number, patron barcode, patron card, patron card number, usr card barcode, borrower barcode, borrower
    card, member barcode, member card, user barcode, student barcode, patron id, patron number, patron no,
    borrowernumber, borrower number, borrower id, member id, member number, member no, membership number,
    membership no, membership id, user id, student id, student number, district id, reader id, reader
    number, ausweisnummer, ausweisnr, ausweis nr, ausweis, kartennummer, benutzernummer, lesernummer,
    leserausweis, mitgliedsnummer, empr cb, numero de carte, no de carte, n de carte, numero carte, carte,
    code barres lecteur, code barre lecteur, numero lecteur, numero d adherent, numero adherent, numero de
    lector, numero de carnet, carnet, numero de tarjeta, tarjeta, numero de socio, socio, tessera, numero
    tessera, n tessera, codice utente, cartao, numero do cartao, numero de leitor, pasnummer, lenersnummer,
    lidnummer, lanekort, lanekortnummer, lantagarnummer, kirjastokortti, numer karty, cislo prukazu, cislo
    ctenare, olvasojegy, kart no, uye no, читательский билет, номер билета, номер читательского билета,
    номер читателя, αριθμος καρτας, 借书证号, 读者证号, 利用者番号, カード番号, 회원번호, رقم البطاقة, מספר כרטיס
"""
_FINISHED = "returndate, return date, returned, returned on, date returned, checkin date, checkin time, check in date"

MEMBER = vocabulary(f"""{_CARD.strip()}
firstname: firstname, first name, given name, given names, forename, forenames, christian name, first given
    name, vorname, rufname, empr prenom, prenom, prenoms, nombre, nombres, nome proprio, primeiro nome,
    voornaam, fornavn, fornamn, etunimi, imie, jmeno, krestni jmeno, keresztnev, ad, isim, имя, ονομα, 名,
    이름, الاسم الأول, שם פרטי
lastname: surname, lastname, last name, family name, familyname, second name, nachname, familienname, empr
    nom, nom, nom de famille, apellido, apellidos, cognome, apelido, sobrenome, achternaam, familienaam,
    etternavn, efternavn, efternamn, sukunimi, nazwisko, prijmeni, vezeteknev, csaladnev, soyad, soyadi,
    фамилия, прізвище, επωνυμο, 姓, 성, اسم العائلة, שם משפחה
name: name, full name, fullname, patron name, borrower name, member name, student name, user name, patron,
    borrower, member, reader, student, leser, mitglied, benutzer, entleiher, nom complet, nom et prenom, nom
    prenom, lecteur, adherent, nombre completo, nombre y apellidos, apellidos y nombre, lector, nome, nome
    completo, nome e cognome, utente, leitor, naam, lener, lid, navn, namn, nimi, imie i nazwisko, jmeno a
    prijmeni, nev, ad soyad, фио, читатель, 姓名, 氏名, 読者, 성명, الاسم, שם
expires_on: dateexpiry, expiry, expiry date, expires, expires on, expire date, expiration, expiration date,
    card expiry, card expires, valid until, valid to, good until, end date, membership end, membership
    expires, gultig bis, ablaufdatum, empr date expiration, date d expiration, fin d adhesion, valable jusqu
    au, date fin, vence, caducidad, fecha de caducidad, fecha de vencimiento, scadenza, data scadenza,
    validade, data de validade, geldig tot, vervaldatum, gyldig til, giltig till, voimassa, data waznosci,
    platnost do, ervenyes, срок действия, действителен до, 有效期, 有効期限, 만료일, تاريخ الانتهاء
group: group, class, categorycode, category, patron category, patron type, borrower category, borrower type,
    profile, permission group, grade, grade level, homeroom, home room, form, branchcode, branch, home
    library, klasse, gruppe, benutzergruppe, empr categ, empr codestat, categorie, groupe, classe, grupo,
    clase, curso, gruppo, turma, groep, klas, klass, luokka, grupa, klasa, trida, skupina, osztaly, sinif,
    класс, группа, категория, 班级, 组, クラス, 반, الصف
notes: borrowernotes, opacnote, notes, note, remarks, remark, comments, comment, patron notes, alert, alert
    message, bemerkung, bemerkungen, notiz, notizen, anmerkung, hinweis, empr msg, remarque, remarques,
    commentaire, nota, notas, observaciones, osservazioni, observacoes, opmerking, opmerkingen, merknad,
    anteckning, uwagi, poznamka, megjegyzes, notlar, примечание, заметки, 备注, 備考, 비고, ملاحظات
""")

LOAN = vocabulary(f"""{_CARD.strip()}
{COPY.strip()}
due: date due, duedate, due date, due, due on, due back, due at, return by, ruckgabedatum, ruckgabe bis,
    ruckgabe, fallig, fallig am, falligkeit, falligkeitsdatum, leihfrist, leihfristende, frist, pret retour,
    date de retour, date retour, date de retour prevue, retour prevu, a rendre le, echeance, fecha de
    devolucion, devolver el, devolucion, fecha de vencimiento, vence, scadenza, data scadenza, data di
    scadenza, restituzione, data de devolucao, devolver ate,    retourdatum, inleverdatum, terug op,
    forfallsdato, forfall, afleveringsdato, aterlamnas, forfallodatum, erapaiva, termin zwrotu, data zwrotu,
    datum vraceni, vratit do, lejarat, iade tarihi, срок возврата, дата возврата, вернуть до, 应还日期, 返却期限,
    返却予定日, 반납예정일, تاريخ الاستحقاق
lent: issuedate, issue date, date issued, issued, issued on, checkout date, check out date, checkout time,
    xact start, date out, out date, checked out, checked out on, loan date, lent, lent on, lent at, date
    lent, borrowed, borrowed on, transaction date, ausleihdatum, ausgeliehen am, ausleihe, entliehen am,
    verliehen am, pret date, date de pret, date du pret, prete le, fecha de prestamo, prestado el, data
    prestito, data do emprestimo, uitleendatum, geleend op, utlansdato, utlansdag, udlansdato, lainauspaiva,
    data wypozyczenia, datum vypujcky, kolcsonzes, verilis tarihi, дата выдачи, выдано, 借出日期, 借阅日期, 貸出日,
    대출일, تاريخ الإعارة
renewals: renewals, renewals count, renewal count, renewal, renewed, times renewed, number of renewals,
    verlangerungen, anzahl verlangerungen, prolongations, nb prolongations, renovaciones, rinnovi,
    renovacoes, verlengingen, fornyelser, omlan, prolongaty, prodlouzeni, продлений, продления, 续借次数, 更新回数,
    연장횟수
over: {_FINISHED}, zuruckgegeben am, zuruck am, rendu le, devuelto, devuelto el, restituito il,
    teruggebracht op
""")

HOLD = vocabulary(f"""{_CARD.strip()}
{COPY.strip()}
isbn: isbn13, isbn 13, isbn, isbns, isbn number, isbn nr, isbn10, isbn 10, ean
title: title, book title, book, titel, buchtitel, buch, titre, titulo, titolo, tytul, nazev, cim, otsikko,
    baslik, название, заглавие, τιτλος, 书名, 書名, タイトル, 제목, العنوان, כותר
author: author, authors, autor, autorin, verfasser, auteur, auteurs, autores, autora, autore, autori,
    schrijver, forfatter, forfattare, tekija, szerzo, yazar, автор, συγγραφεας, 作者, 著者, 저자, المؤلف, מחבר
placed: reservedate, reserve date, reserved, reserved on, date reserved, hold date, hold placed, hold placed
    date, holddate, request date, request time, requested, requested on, date requested, date placed,
    placed, placed on, placed at, reservation date, vormerkdatum, vorgemerkt am, vormerkung, reserviert am,
    reservierungsdatum, resa date, date de reservation, reserve le, fecha de reserva, reservado el, data
    prenotazione, prenotato il, data da reserva, reserveringsdatum, gereserveerd op, reservert,
    reserveringsdatum, varauspaiva, data rezerwacji, datum rezervace, elojegyzes, дата бронирования, дата
    заказа, 预约日期, 予約日, 예약일, تاريخ الحجز
priority: priority, queue position, position, place in queue, rank, queue, place, hold priority, rang,
    warteplatz, platz, rang resa, prioridad, posicion, priorita, posizione, prioridade, prioriteit,
    prioritet, kolejnosc, poradi, приоритет, очередь, 优先级, 順位, 순번
over: cancellationdate, cancellation date, cancelled, cancelled on, cancel time, fulfillment time, filled
    on, fulfilled on, storniert am, annule le, cancelado el, annullato il
ends: expirationdate, expiration date, expiry, expiry date, expires, expires on, expire time, hold expires,
    resa date fin, gultig bis
""")

# What no list of members has, and a plain "barcode" only where no other column is the card's.
_BOOKISH = {"title", "isbn", "placed", "due"}


def of_members(header: Sequence[str]) -> Columns | None:
    """The columns for each field when the header is that of a list of members."""
    found = columns.find(header, MEMBER)
    taken = {place for places in found.values() for place in places}
    others = columns.find([name if place not in taken else "" for place, name in enumerate(header)], LOAN | HOLD)
    if not found.keys() & {"firstname", "lastname", "name"} or others.keys() & _BOOKISH:
        return None
    if "card" in found:
        return None if "barcode" in others else found
    return found | {"card": others["barcode"]} if "barcode" in others else None


def of_loans(header: Sequence[str]) -> Columns | None:
    found = columns.find(header, LOAN)
    return found if {"card", "barcode", "due"} <= found.keys() else None


def of_holds(header: Sequence[str]) -> Columns | None:
    found = columns.find(header, HOLD)
    names_book = found.keys() & {"barcode", "isbn", "title"}
    waits = found.keys() & {"placed", "priority"}
    return found if "card" in found and names_book and waits else None
