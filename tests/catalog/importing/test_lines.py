"""How a text file is written: its encoding, the ends of its lines, its quotation marks."""

import pytest

from bookplate.catalog.importing import report
from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts, failures, the_book, titles

pytestmark = pytest.mark.django_db

THREE = ["Emma", "Dune", "Solaris"]


@pytest.mark.parametrize(
    "content",
    [
        "title,author\r\nEmma,a\r\nDune,b\r\nSolaris,c\r\n",
        "title,author\rEmma,a\rDune,b\rSolaris,c",
        "title,author\r\r\nEmma,a\r\r\nDune,b\r\r\nSolaris,c\r\r\n",
        'title,author\rEmma,"a\nA"\rDune,b\rSolaris,c\r',
        "title,author\rEmma,a\rDune,b\nSolaris,c",
        "title,author\rEmma,a\rDune,b\r\nSolaris,c\r\n",
    ],
    ids=["Windows", "Mac", "one too many", "lines in a cell of a Mac", "Mac and Unix", "Mac and Windows"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lines_end_as_the_first_one_does(bring: Bring, content: str, encoding: str) -> None:
    job = bring(content.encode(encoding))

    assert (counts(job), titles()) == ((3, 3, 0, 0, 0), THREE)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_letters_have_no_zeros_to_be_told_by(bring: Bring, encoding: str) -> None:
    bring("书名,作者,出版年\n一千零一夜,佚名,1792\n".encode(encoding))

    assert the_book() == ("一千零一夜", "佚名", 1792, None)


@pytest.mark.parametrize(
    "content",
    [b"title,author\n\0Emma,\0Austen\n", b"title,author,\nEmma\0,Austen\0\n"],
    ids=["anywhere", "where wide commas and line ends would have them"],
)
def test_zeros_that_damage_left_make_no_other_encoding(bring: Bring, content: bytes) -> None:
    bring(content)

    assert the_book()[:2] == ("Emma", "Austen")


def test_a_row_with_a_quotation_mark_too_many_is_written_back_cell_by_cell(bring: Bring) -> None:
    job = bring('title,author\n"Emma,Jane Austen\nDune,Herbert\n')
    [_, mended, *_] = b"".join(report.failed_file(job)).decode("utf-8-sig").splitlines()

    assert mended == '2,A quotation mark is opened and never closed.,"""Emma",Jane Austen'


@pytest.mark.parametrize(
    ("encoding", "header", "row"),
    [
        ("cp1251", "Название;Автор", "Война и мир;Лев Толстой"),
        ("koi8-r", "Название;Автор", "Война и мир;Лев Толстой"),
        ("cp1250", "Tytuł;Autor", "Księga;Łucja Żółw"),
        ("cp1253", "Τίτλος;Συγγραφέας", "Οδύσσεια;Όμηρος"),
        ("cp1254", "Başlık;Yazar", "Kürk Mantolu Şey;Sabahattin Ali"),
        ("cp1255", "כותר;מחבר", "ספר;עמוס עוז"),
        ("cp932", "タイトル,著者", "吾輩は猫である,夏目漱石"),
        ("gb18030", "书名,作者", "红楼梦,曹雪芹"),
        ("cp949", "제목,저자", "채식주의자,한강"),
        ("cp1252", "title;author", "Café;Pérez"),
    ],
)
def test_letters_are_those_in_which_the_columns_have_names(bring: Bring, encoding: str, header: str, row: str) -> None:
    job = bring(f"{header}\n{row}\n".encode(encoding))

    assert counts(job) == (1, 1, 0, 0, 0)
    assert ";".join(the_book()[:2]).replace(",", ";") == row.replace(",", ";")


def test_a_title_above_the_names_of_the_columns_is_passed_over(bring: Bring) -> None:
    job = bring("Our books, 2024;;\n;;\nSchool, Street 1;;\nTitle;Author;ISBN\nEmma;Austen;12\nDune;Herbert;\n")

    assert (titles(), [position for position, _, _ in failures(job)]) == (["Dune"], [5])


def test_a_header_that_comes_again_is_no_book(bring: Bring) -> None:
    job = bring("title,author\nEmma,Austen\ntitle,author\nDune,Herbert\n")

    assert (titles(), job.read, job.skipped) == (["Emma", "Dune"], 3, 1)


def test_of_two_columns_with_one_name_the_first_that_is_not_empty_counts(bring: Bring) -> None:
    bring("title,isbn,isbn\nEmma,,9780141439587\n")

    assert the_book()[3] == "9780141439587"


def test_what_stands_behind_an_isbn_in_brackets_is_none_of_it(bring: Bring) -> None:
    bring("title,isbn\nEmma,0-14-143958-0 (pbk.)\n")

    assert the_book()[3] == "9780141439587"


def test_blanks_before_quotation_marks_are_none_of_the_cell(bring: Bring) -> None:
    job = bring('"title", "author", "isbn"\n"Emma, a novel", "Austen, Jane", ""\n"Lines\nof two", "b", "12"\n')
    [_, mended] = b"".join(report.failed_file(job)).decode("utf-8-sig").split("\r\n", 1)

    assert the_book()[:2] == ("Emma, a novel", "Austen, Jane")
    assert mended == '3,12 is not an ISBN: it has 2 digits instead of 10 or 13.,"Lines\nof two",b,12\r\n'


def test_blanks_are_none_of_a_mark_where_cells_are_as_they_should_be(bring: Bring) -> None:
    bring('title,author\n"Say, ""Hello"", she said, ",x\nDune,Frank "F" Herbert\n')

    assert titles() == ['Say, "Hello", she said,', "Dune"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_that_no_reader_knows_is_no_table(bring: Bring, encoding: str) -> None:
    with pytest.raises(Exception, match="not known"):
        bring('[{"a": 1, "isbn": []}, {"isbn": ["9780141439587"]}]\n'.encode(encoding))


def test_json_lines_are_known_whatever_stands_first_in_them(bring: Bring) -> None:
    job = bring('{"id": 7, "links": {}, "title": "Emma", "author": "Jane Austen"}\n{"id": 8, "title": "Dune"}\n')

    assert (job.format, counts(job), titles()) == ("json-lines", (2, 2, 0, 0, 0), ["Emma", "Dune"])


def test_json_in_utf_16_comes_in(bring: Bring) -> None:
    job = bring('{"title":"Emma","author":"Jane Austen"}\n{"title":"Dune"}\n'.encode("utf-16"))

    assert (job.format, counts(job), Book.objects.count()) == ("json-lines", (2, 2, 0, 0, 0), 2)
    assert failures(job) == []
