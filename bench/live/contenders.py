"""Two other ways to tell many sockets one thing, as small as they can be: `python -m bench.live.contenders NAME PORT`.

Whoever sends a text has it told to everybody.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

LAYER = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def bare(port: int) -> None:
    """`websockets` and its `broadcast`: nothing is asked or read."""
    asyncio.run(_bare(port))


async def _bare(port: int) -> None:
    everybody: set[ServerConnection] = set()

    async def handle(socket: ServerConnection) -> None:
        everybody.add(socket)
        with suppress(ConnectionClosed):
            async for text in socket:
                broadcast(everybody, text)

    async with serve(handle, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


class Consumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    groups = ["all"]

    async def receive_json(self, content: Any, **options: Any) -> None:
        await self.channel_layer.group_send("all", {"type": "tell", "event": content})

    async def tell(self, message: Any) -> None:
        await self.send_json(message["event"])


def channels(port: int) -> None:
    """Channels as its tutorial has it: a group, and a consumer that writes JSON."""
    settings.configure(CHANNEL_LAYERS=LAYER)
    uvicorn.run(
        ProtocolTypeRouter({"websocket": Consumer.as_asgi(), "http": _nothing}),
        host="127.0.0.1",
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        lifespan="off",
    )


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body"})


if __name__ == "__main__":
    {"bare": bare, "channels": channels}[sys.argv[1]](int(sys.argv[2]))
