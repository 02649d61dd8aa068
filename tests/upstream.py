"""Somebody else's server, as well-behaved or wicked as a test wants it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image

DUNE = "9780441172719"
LICENCE = "9780140328721"


class Upstream:
    """On 127.0.0.1: what it answers is what was said last of a path that begins so; all else is a 404."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hosts: list[str] = []
        self._acts: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> "Upstream":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def does(self, act: Callable[[BaseHTTPRequestHandler], None], path: str = "/") -> None:
        self._acts[path] = act

    def says(
        self,
        body: Any,
        kind: str = "application/json",
        *,
        path: str = "/",
        status: int = 200,
        after: float = 0,
        **headers: str,
    ) -> None:
        """An answer; what is not bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()

        def act(request: BaseHTTPRequestHandler) -> None:
            self.over.wait(after)
            request.send_response(status)
            told = {"Content-Type": kind, "Content-Length": str(len(raw))} | {
                name.replace("_", "-"): value for name, value in headers.items()
            }
            for name, value in told.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(raw)

        self.does(act, path)

    def says_nothing(self, path: str = "/") -> None:
        def act(request: BaseHTTPRequestHandler) -> None:
            self.over.wait(30)

        self.does(act, path)

    def trickles(self, parts: Iterator[bytes], pause: float, path: str = "/") -> None:
        def act(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Type", "application/json")
            request.end_headers()
            for part in parts:
                request.wfile.write(part)
                if self.over.wait(pause):
                    return

        self.does(act, path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                upstream.asked.append(self.path)
                upstream.hosts.append(self.headers["Host"])
                fitting = [path for path in upstream._acts if self.path.startswith(path)]
                with suppress(OSError):  # whoever asked has left
                    upstream._acts[max(fitting, key=len)](self) if fitting else self.send_error(404)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


def open_library(number: str = DUNE, **about: Any) -> dict[str, Any]:
    """What Open Library says of a book."""
    details = {
        "title": "Dune",
        "authors": [{"key": "/authors/OL79034A", "name": "Frank Herbert"}],
        "publish_date": "August 2, 2005",
        "publishers": ["Ace Books"],
        "languages": [{"key": "/languages/eng"}],
        "subjects": ["Science fiction", "Deserts"],
        "isbn_13": [number],
    }
    return {f"ISBN:{number}": {"bib_key": f"ISBN:{number}", "details": details | about}}


def google(number: str = DUNE, **about: Any) -> dict[str, Any]:
    """What Google Books says of one."""
    volume: dict[str, Any] = {
        "title": "Dune",
        "authors": ["Frank Herbert"],
        "publishedDate": "1990-09-01",
        "publisher": "Penguin",
    }
    volume |= {"language": "en", "industryIdentifiers": [{"type": "ISBN_13", "identifier": number}]}
    return {"kind": "books#volumes", "totalItems": 1, "items": [{"volumeInfo": volume | about}]}


def picture(width: int = 300, height: int = 450, kind: str = "JPEG", colour: str = "teal", **options: Any) -> bytes:
    """A cover, all of one colour."""
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind, **options)
    return file.getvalue()


def waited(seconds: float) -> Callable[[], float]:
    """A stop watch, for what must not take longer."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun
