"""A stretch of network that can fail: a TCP relay on loopback which falls silent, as a mobile router does.

While it is cut, nothing passes and nothing is refused: connections stand open and hear nothing. When it heals, what
stood open before is reset, as a router that lost its table would do.
"""

import asyncio
import contextlib
from threading import Thread


class Link:
    """A relay from a port of its own to a target port, both on loopback."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._passable = asyncio.Event()
        self._passable.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._relay, "127.0.0.1", 0), self._loop)
        self._server = server.result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Fall silent."""
        self._loop.call_soon_threadsafe(self._passable.clear)

    def heal(self) -> None:
        """Pass again; what stood open is reset."""
        self._loop.call_soon_threadsafe(self._heal)

    def close(self) -> None:
        """End the relay and all it passed."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._heal()
        if relays := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(relays, timeout=5)

    def _heal(self) -> None:
        self._reset()
        self._passable.set()

    def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        await self._passable.wait()
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._open.add(far_writer)
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            self._open.discard(far_writer)
        writer.close()
        self._open.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._passable.wait()
                if writer.transport.is_closing():
                    return
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
