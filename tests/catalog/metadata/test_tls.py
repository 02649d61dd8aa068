"""Over TLS the server is asked by its name, and believed only with a certificate for it."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bookplate.catalog.metadata import fetching
from bookplate.catalog.metadata.errors import Unusable

NAME = "books.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For books.example, and trusted by who is told to; its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def asked() -> list[str | None]:
    """The name in the handshake (SNI), then the `Host`."""
    return []


@pytest.fixture
def port(certificate: Path, asked: list[str | None]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *args: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda connection, name, context: asked.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


Get = Callable[[str], Any]


@pytest.fixture
def get(port: int, certificate: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Get:
    """Gets `/` of a name, whatever it is called, from the server."""
    settings.METADATA_TRUSTED = ["127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [(2, 1, 6, "", ("127.0.0.1", port))])
    monkeypatch.setattr(fetching, "_trust", partial(ssl.create_default_context, cafile=str(certificate)))
    return lambda name: fetching.get(f"https://{name}:{port}/", [f"{name}:{port}"], 1000)


async def test_a_server_is_asked_by_its_name_at_the_address_that_was_looked_at(
    get: Get, port: int, asked: list[str | None]
) -> None:
    response = await get(NAME)

    assert (response.status, bytes(response.body), asked) == (200, b"hello", [NAME, f"{NAME}:{port}"])


async def test_another_name_than_the_certificates_is_refused(get: Get, asked: list[str | None]) -> None:
    with pytest.raises(Unusable, match="certificate is not good"):
        await get("other.example")

    assert asked == ["other.example"]  # and no request followed


async def test_a_certificate_that_nobody_vouches_for_is_refused(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_trust", ssl.create_default_context)

    with pytest.raises(Unusable, match="certificate is not good"):
        await get(NAME)
