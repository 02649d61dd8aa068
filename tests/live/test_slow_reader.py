"""Who reads nothing for a while is closed, harms nobody, and hears all in order and once in the end (G27, G28)."""

import socket as sockets
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.servers import BookplateServer
from tests.visitors import Socket, Visitor

# More than the system (4 MB) and the server hold for one socket.
MANY = 60_000


@pytest.fixture(scope="module")
def server(database_url_of_module: str | None) -> Iterator[BookplateServer]:
    with BookplateServer(demo=True, database_url=database_url_of_module) as server:
        yield server


def all_of(visitor: Visitor, socket: Socket, until: int) -> tuple[list[int], list[int | None]]:
    """The events that somebody hears up to this one, who comes again when the line breaks; and how each line ended."""
    heard, ends = [int(socket.ready["last"])], list[int | None]()
    while heard[-1] < until:
        try:
            heard.append(socket.next(30)["id"])
        except ConnectionClosed:
            ends.append(socket.connection.close_code)
            socket = visitor.socket(since=heard[-1])
    socket.connection.close()
    return heard[1:], ends


@pytest.mark.long
def test_a_slow_reader_beside_another(server: BookplateServer, alice: Visitor) -> None:
    slow, other = alice.socket(), alice.socket()
    first = int(slow.ready["last"]) + 1
    narrow = slow.connection.socket
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    server.record(MANY)
    everything = list(range(first, first + MANY))

    assert all_of(alice, other, everything[-1])[0] == everything
    heard, ends = all_of(alice, slow, everything[-1])
    assert (heard == everything, len(ends) > 0) == (True, True), ends
