"""A mail server of the tests' own: it speaks as much SMTP as Django's backend asks for, and keeps what it took."""

import email
import socketserver
import threading
import time
from email.message import Message
from types import TracebackType
from typing import Self


class Handler(socketserver.StreamRequestHandler):
    server: "Postbox"

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._take()
            else:
                self._say("221 bye" if word == b"QUIT" else "250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        time.sleep(self.server.seconds)
        if line:
            self.server.mails.append(email.message_from_bytes(b"".join(lines)))
            self._say("250 taken")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Postbox(socketserver.ThreadingTCPServer):
    """Takes `seconds` for each mail."""

    daemon_threads = True

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mails: list[Message] = []
        self.seconds = seconds
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever is cut off is of no interest."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
