"""Processes: one or more of uvicorn that serve pages, API and sockets on one port, and the worker beside them."""

import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from bookplate.config import env
from bookplate.config.writing import OnePiece
from bookplate.live.protocol import Protocol

# Frames that clients send us are small; larger ones close their socket (1009).
LARGEST_FRAME = 64 * 1024
# Whoever takes nothing of an answer for so long is given up, or hung readers would pile up with what is kept for them
# (RFC 5482).
STALLED_MILLISECONDS = 60_000
# The package need not be installed, nor be in the current folder.
PLACE = Path(__file__).parents[2]
WORKER = [sys.executable, "-m", "bookplate", "worker", "--until-eof"]


class PortInUse(Exception):
    """The text is a sentence for the person who started the server."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else starts so that a used port is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio would leave Nagle's delay on: 40 ms for each answer on a kept connection.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections have it from their listener
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MILLISECONDS)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortInUse(f"Port {port} of {host} cannot be used: {error}. Choose another with --port.") from None
    return listener


def serve(listener: socket.socket, processes: int = 1) -> None:
    """Serve until SIGINT or SIGTERM; what was begun is finished first."""
    _raise_limit_of_files()
    # uvicorn repeats the signal once it has stopped; as SystemExit it still lets us stop the worker.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with worker_beside(), suppress(KeyboardInterrupt):
        if processes == 1:
            uvicorn.Server(config()).run(sockets=[listener])
        else:
            Multiprocess(config(workers=processes), sockets=[listener]).run()


def _raise_limit_of_files() -> None:
    """As many connections as the system allows; the usual 1024 files are a few slow clients."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def config(**options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        "bookplate.config.asgi:application",
        log_level="warning",
        access_log=False,
        lifespan="off",
        http=OnePiece,
        ws=Protocol,
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        server_header=False,
        proxy_headers=False,  # who is believed about addresses is said in people.addresses
        timeout_graceful_shutdown=20,
        **options,
    )


@contextmanager
def worker_beside() -> Iterator[None]:
    """A process for background work, begun anew should it die; it ends with this one, even when this one is killed."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=[over])
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep_worker(over: threading.Event) -> None:
    while not over.is_set():
        worker = subprocess.Popen(WORKER, stdin=subprocess.PIPE, start_new_session=True, env=env.of_child(PLACE))
        while worker.poll() is None and not over.wait(0.2):
            pass
        over.wait(0 if worker.poll() is None else 2)
    worker.terminate()
    with suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=20)
    worker.kill()
