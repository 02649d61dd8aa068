"""Serve pages, API and sockets on one port with uvicorn, and the worker beside it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

# Frames that clients send us are small; larger ones close their socket (1009).
LARGEST_FRAME = 64 * 1024


class PortInUse(Exception):
    """The text is a sentence for the person who started the server."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else starts so that a used port is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortInUse(f"Port {port} of {host} cannot be used: {error}. Choose another with --port.") from None
    return listener


def serve(listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; what was begun is finished first."""
    # uvicorn repeats the signal once it has stopped; as SystemExit it still lets us stop the worker.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with worker_beside(), suppress(KeyboardInterrupt):
        uvicorn.Server(config()).run(sockets=[listener])


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "bookplate.config.asgi:application",
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@contextmanager
def worker_beside() -> Iterator[None]:
    """A process for background work that ends with this one, even when this one is killed."""
    command = [sys.executable, "-m", "bookplate", "worker", "--until-eof"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=20)
        worker.kill()
