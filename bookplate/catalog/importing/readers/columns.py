"""What the columns of other people's lists are called, and which of ours each one is."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

from bookplate.people.folding import fold

Vocabulary: TypeAlias = dict[str, list[str]]
Columns: TypeAlias = dict[str, list[int]]

_BLANKS = re.compile(r"[\W_]+")

# Of a copy, in lists of books as in lists of loans.
COPY = """
barcode: barcode, item barcode, copy barcode, book barcode, barcode number, bar code, itemnumber, item
    number, item id, asset tag, expl cb, accession number, accession no, mediennummer, medien nr,
    buchungsnummer, inventarnummer, strichcode, code     barres, code barre, code barres exemplaire, code
    exemplaire, numero d inventaire, codigo de barras, codigo de ejemplar, numero de inventario, codice a barre,
    codice barre, inventario, codigo do exemplar, streepjescode, streckkod, stregkode, strekkode, viivakoodi,
    kod kreskowy, carovy kod, vonalkod, barkod, штрихкод, штрих код, инвентарный номер, 条码号, 条形码, バーコード,
    등록번호, باركود, ברקוד
"""
# Of several columns for one thing the earlier is preferred, and the next asked when it is empty.
_NAMES = """
title: title, book title, titel, buchtitel, titre, titulo, titolo, naslov, tytul, nazev, nimi, name, book name,
    nazev knihy, otsikko, boktitel, baslik, kitap adi, cim, titlu, titulo del libro, название, заглавие,
    заголовок, назва, τιτλος, 书名, 書名, 标题, タイトル, 제목, العنوان, عنوان, כותר, שם הספר, original title
subtitle: subtitle, sub title, untertitel, sous titre, subtitulo, sottotitolo, ondertitel, подзаголовок
author: author, authors, author s, author name, author names, writer, creator, by, autor, autoren, autor in,
    autorin, autor innen, verfasser, verfasserin, auteur, auteurs, auteur s, autores, autora, autor es, autore,
    autori, auteur naam, schrijver, forfatter, forfattare, tekija, kirjailija, autorzy, szerzo, yazar, автор,
    авторы, автори, συγγραφεας, 作者, 著者, 저자, المؤلف, مؤلف, מחבר, primary author, creators
more_authors: additional authors, secondary author, secondary authors, other authors, contributors
isbn: isbn13, isbn 13, isbn, isbns, isbn number, isbn nr, isbn nummer, isbn uid, isbn 10 13, isbn10, isbn 10,
    isbn13 isbn10, isbn issn, identifier isbn, ean isbn13, upc isbn10
ean: ean, ean13, ean 13, gtin, barcode
published_year: year published, published year, publication year, year of publication, year, published, pub
    year, publication date, date of publication, date published, publish date, publishing year, edition year,
    erscheinungsjahr, jahr, erscheinungsdatum, annee, annee de publication, date de publication, ano, ano de
    publicacion, ano de publicacao, ano publicacion, anno, anno pubblicazione, anno di pubblicazione, jaar, jaar
    van uitgave, utgivningsar, ar, rok, rok wydania, rok vydani, ev, yil, basim yili, год, год издания, рік,
    ετος, 出版年, 出版日期, 出版年月, 출판년도, سنة النشر, שנה, publicationyear, copyrightdate, release date,
    original publication year, original year, first published
publisher: publisher, publishers, publisher name, verlag, editeur, maison d edition, editorial, editora,
    editore, casa editrice, uitgever, uitgeverij, forlag, kustantaja, wydawca, wydawnictwo, nakladatel, kiado,
    yayinevi, издательство, видавництво, εκδοτης, 出版社, 출판사, الناشر, ناشر, מוציא לאור, publishercode
edition: edition, edition statement, auflage, edicion, edicao, edizione, druk, upplaga, издание, 版本
language: language, languages, language code, lang, sprache, langue, langues, idioma, lengua, lingua, taal,
    sprak, kieli, jezyk, jazyk, nyelv, dil, язык, мова, γλωσσα, 语言, 言語, 언어, اللغة, שפה
subjects: subjects, subject, genre, genres, category, categories, topic, topics, schlagworter, schlagworte,
    thema, sujet, sujets, materia, materias, tema, temas, genero, genere, argomento, onderwerp, жанр, тема,
    предмет, 主题, 分类, ジャンル, 분류, keywords, tags
shelfmark: itemcallnumber, item call number, call number, callnumber, shelfmark, shelf mark, signatur, standort, cote,
    expl cote, signatura, signatura topografica, collocazione, cota, plaatskenmerk, hylla, sygnatura, signatura mistni,
    raktari jelzet, шифр, полочный индекс, 索书号, 請求記号, 청구기호, رقم الطلب
"""
# "Eco, Umberto": the surname first, and one person only
INVERTED = {"primary author", "author l f", "author last first", "author last name first"}
# A list of members has such a column too; only beside an author or an ISBN is it a book's.
_ALSO_PEOPLE = {"name", "nimi"}


def normal(name: str) -> str:
    return _BLANKS.sub(" ", fold(name[:200])).strip()


def vocabulary(lines: str) -> Vocabulary:
    """From lines such as "isbn: isbn13, isbn", which may go on in lines that are indented."""
    return dict(map(_synonyms, filter(None, lines.replace("\n    ", " ").splitlines())))


def _synonyms(line: str) -> tuple[str, list[str]]:
    field, _, names = line.partition(":")
    return field, [normal(name) for name in names.split(",")]


NAMES = vocabulary(_NAMES + COPY)


def find(header: Sequence[str], known: Vocabulary) -> Columns:
    """The columns for each field of a vocabulary, the preferred first; a field without one is not in it."""
    names = [normal(name) for name in header]
    places = defaultdict[str, list[int]](list)
    for place, name in enumerate(names):
        places[name].append(place)
    found = {field: list(chain(*(places.get(name, ()) for name in synonyms))) for field, synonyms in known.items()}
    return {field: columns for field, columns in found.items() if columns}


def recognise(header: Sequence[str]) -> Columns:
    """The columns of a list of books."""
    found = find(header, NAMES)
    if "author" not in found and "isbn" not in found and "title" in found:
        found["title"] = [index for index in found["title"] if normal(header[index]) not in _ALSO_PEOPLE]
    return {field: columns for field, columns in found.items() if columns}
