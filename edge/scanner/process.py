"""The decoder in a process of its own, because a crafted image can hang or end it and the gate must go on.

Frames go there through shared memory, texts come back as packets. A decoder that gives no answer in time is killed and
started again; the frame that did it is lost and is not shown to it again. What that means for sight is not known here.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress

from edge.errors import DecoderError, EdgeError
from edge.scanner.packets import PACKET_BYTES, READY, answered, failed, request
from edge.scanner.planes import Plane
from edge.scanner.slot import Slot

START_SECONDS = 30.0
"""A slow SD card under load needs some."""
PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Before the start after the first, second, ... death without an answer between them."""
_LAST_BREATH_SECONDS = 1.0
"""For a process that was told to end, or is ending."""


class DecoderProcess:
    """A `Look` whose decoder may hang and die; it never waits longer than `limit_seconds`, real ones, for an answer.

    `decoder` is a `DecoderName`, or the brittle one of the tests. `on_death` gets one sentence for each death. Raises
    EdgeError when the decoder cannot be had at all.
    """

    def __init__(
        self, decoder: str, limit_seconds: float = 1.0, on_death: Callable[[str], None] = lambda _: None
    ) -> None:
        self._decoder, self._limit_seconds, self._on_death = decoder, limit_seconds, on_death
        self._slot = Slot.make()
        self._child: _Child | None = None
        self._start_at = 0.0
        self._deaths_in_a_row = 0
        self._lethal: int | None = None
        try:
            self._child = _Child(decoder, self._slot.fd)
            self._child.greet(START_SECONDS)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int | None:
        """The id of the decoder's process, if there is one now."""
        return self._child.pid if self._child else None

    def __call__(self, gray: Plane, active_frame: int | None) -> list[str]:
        """Return the texts in an 8-bit plane, each once; raise DecoderError when there is no answer."""
        child = self._ready_child()
        held = self._slot.put(gray)
        if self._lethal is not None and _print_of(held) == self._lethal:
            raise DecoderError("The decoder is not shown again the frame that ended it.")
        child.ask(request(gray.shape[0], gray.shape[1], active_frame))
        packet = child.answer(self._limit_seconds)
        texts = answered(packet)
        if texts is None:
            self._lethal = _print_of(held)
            self._bury(child, is_hung=packet is None)
            raise DecoderError("The decoder gave no answer to a frame.")
        self._deaths_in_a_row, self._lethal = 0, None
        return texts

    def close(self) -> None:
        """End the process. May be called twice."""
        if self._child is not None:
            self._child.end(_LAST_BREATH_SECONDS)
            self._child = None
        self._slot.close()

    def _ready_child(self) -> "_Child":
        """Return the process when it is ready to read; never wait for it."""
        if self._child is None and time.monotonic() >= self._start_at:
            self._revive()
        child = self._child
        if child is not None and not child.is_ready:
            self._greet(child)
        if child is None or not child.is_ready:
            raise DecoderError("The decoder is being started again.")
        return child

    def _revive(self) -> None:
        try:
            self._child = _Child(self._decoder, self._slot.fd)
        except OSError:
            self._pause()

    def _greet(self, child: "_Child") -> None:
        try:
            child.greet(0)
        except EdgeError:
            self._bury(child, is_hung=False)

    def _bury(self, child: "_Child", *, is_hung: bool) -> None:
        """End what is left of the process, tell of it, and start another when that is due."""
        status = child.end(0 if is_hung else _LAST_BREATH_SECONDS)
        self._child = None
        self._on_death(_sentence(status, self._limit_seconds))
        self._pause()
        if time.monotonic() >= self._start_at:
            self._revive()

    def _pause(self) -> None:
        place = min(self._deaths_in_a_row, len(PAUSES_SECONDS) - 1)
        self._start_at = time.monotonic() + PAUSES_SECONDS[place]
        self._deaths_in_a_row += 1


class _Child:
    """One run of `edge.scanner.child`; raises OSError when the machine has no room for it."""

    def __init__(self, decoder: str, slot_fd: int) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._start_by = time.monotonic() + START_SECONDS
        self.is_ready = False
        numbers = (str(theirs.fileno()), str(slot_fd), str(os.getpid()))
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program
                [sys.executable, "-m", "edge.scanner.child", *numbers, decoder],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(), slot_fd),
                env=_surroundings(),
            )  # fmt: skip
        except BaseException:
            self._channel.close()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def greet(self, seconds: float) -> None:
        """Note that the process is ready to read, if it is; raise EdgeError when it never will be."""
        packet = self.answer(seconds)
        self.is_ready = packet == READY
        if packet is not None and (sentence := failed(packet)):
            raise EdgeError(sentence)
        if not self.is_ready and (packet is not None or time.monotonic() >= self._start_by):
            raise EdgeError("The decoder's process does not start: install SalaGate again.")

    def ask(self, packet: bytes) -> None:
        """Send a request; that the process is gone shows in the answer."""
        with suppress(OSError):
            self._channel.send(packet, socket.MSG_DONTWAIT)

    def answer(self, seconds: float) -> bytes | None:
        """Return the next packet: None when none came in so many real seconds, nothing when the process is gone."""
        self._channel.settimeout(seconds)
        try:
            return self._channel.recv(PACKET_BYTES)
        except (TimeoutError, BlockingIOError):
            return None
        except OSError:
            return b""

    def end(self, patience_seconds: float) -> int | None:
        """End the process and leave nothing of it; return its status if it ended by itself in so many seconds."""
        self._channel.close()
        try:
            return self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return None


def _surroundings() -> dict[str, str]:
    """Return an environment in which the child finds the modules that are found here, and not those of its folder."""
    path = os.pathsep.join(entry for entry in sys.path if os.path.isabs(entry))  # noqa: PTH117 -- texts, not paths
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "OPENBLAS_NUM_THREADS": "1"}


def _print_of(plane: Plane) -> int:
    """Return what tells this frame from another."""
    return zlib.crc32(plane.data)


def _sentence(status: int | None, limit_seconds: float) -> str:
    if status is None:
        return (
            f"The decoder gave no answer for {limit_seconds:g} s and is started again: "
            "tell the technician if this is said often."
        )
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"The decoder ended by itself ({how}) and is started again: tell the technician if this is said often."
