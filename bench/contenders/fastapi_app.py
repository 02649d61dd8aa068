"""Books as FastAPI's and SQLAlchemy's documentation show them.

A mapped class, a session for each request, a response model; the endpoints are plain functions, as everywhere in
FastAPI's chapter on SQL databases.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

address = os.environ["BENCH_DATABASE"].replace("postgres://", "postgresql+psycopg://")
arguments = {"check_same_thread": False} if address.startswith("sqlite") else {}
engine = create_engine(address, connect_args=arguments)


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "catalog_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    published_year: Mapped[int | None]
    isbn: Mapped[str | None]
    publisher: Mapped[str]
    edition: Mapped[str]
    language: Mapped[str]
    subjects: Mapped[str]
    title_key: Mapped[str]
    year_key: Mapped[int]


class BookPublic(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    author: str
    published_year: int | None
    isbn: str | None
    publisher: str
    edition: str
    language: str
    subjects: str


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
app = FastAPI()


@app.get("/api/books/", response_model=list[BookPublic])
def read_books(
    session: SessionDep,
    offset: int = 0,
    limit: Annotated[int, Query(le=500)] = 100,
    published_year: int | None = None,
    ordering: str = "id",
) -> Sequence[Book]:
    query = select(Book)
    if published_year is not None:
        query = query.where(Book.year_key == published_year)
    query = query.order_by(Book.title_key, Book.id) if ordering == "title" else query.order_by(Book.id)
    books: Sequence[Book] = session.scalars(query.offset(offset).limit(limit)).all()
    return books


@app.get("/api/books/{book_id}/", response_model=BookPublic)
def read_book(book_id: int, session: SessionDep) -> Book:
    book: Book | None = session.get(Book, book_id)
    if not book:
        raise HTTPException(status_code=404, detail="Book not found")
    return book
