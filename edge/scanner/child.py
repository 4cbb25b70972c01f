"""The process in which frames are decoded: nothing but the decoder runs here, so that it can be killed at any moment.

It is started by `edge.scanner.process` and ends with it: when the channel closes, and by the kernel's hand when it
hangs. It writes nothing, and the kernel keeps no image of its memory, which holds a frame.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
from contextlib import closing

from edge.errors import EdgeError
from edge.scanner.brittle import BRITTLE, read_or_break
from edge.scanner.decoders import open_decoder
from edge.scanner.looker import Looker
from edge.scanner.packets import PACKET_BYTES, READY, answer, asked, failure
from edge.scanner.slot import Slot

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def main() -> None:
    """Serve one parent; take from the command line: descriptors of channel and slot, the parent's id, the decoder."""
    channel_fd, slot_fd, parent, decoder = sys.argv[1:]
    _tie_to(int(parent))
    with socket.socket(fileno=int(channel_fd)) as channel, closing(Slot(int(slot_fd))) as slot:
        try:
            look = Looker(read_or_break if decoder == BRITTLE else open_decoder(decoder))  # type: ignore[arg-type]
        except EdgeError as error:
            channel.send(failure(str(error)))
            return
        _fall_silent()
        channel.send(READY)
        _serve(channel, slot, look)


def _serve(channel: socket.socket, slot: Slot, look: Looker) -> None:
    try:
        while packet := channel.recv(PACKET_BYTES):
            height, width, active_frame = asked(packet)
            channel.send(answer(look(slot.plane(height, width), active_frame)))
    except ConnectionError:
        return


def _tie_to(parent: int) -> None:
    """End with the parent, and leave signals that are meant for the whole program to it."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if os.getppid() != parent:
        raise SystemExit(0)


def _fall_silent() -> None:
    """Write nothing from here on: a library may complain of each frame."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    main()
