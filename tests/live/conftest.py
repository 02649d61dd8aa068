"""Who visits the server that each file starts in its own way."""

import pytest

from tests.servers import BookplateServer
from tests.visitors import Visitor


@pytest.fixture
def librarian(server: BookplateServer) -> Visitor:
    return Visitor(server, "librarian")


@pytest.fixture
def alice(server: BookplateServer) -> Visitor:
    return Visitor(server, "alice")
