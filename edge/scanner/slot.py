"""Memory for one frame that two processes share, so that nine hundred thousand pixels pass between them in one copy.

The memory has no name in the file system: it is gone with the last process that holds it, however that one ends, and
no frame can be left behind on a disk.
"""

import mmap
import os
from typing import Self

import numpy as np

from edge.scanner.planes import Plane


class Slot:
    """Holds one 8-bit plane; the side that made it puts frames in, the other takes them out."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._memory: mmap.mmap | None = None

    @classmethod
    def make(cls) -> Self:
        """Make an empty one."""
        return cls(os.memfd_create("salagate-frame", os.MFD_CLOEXEC))

    @property
    def fd(self) -> int:
        """The file descriptor to hand to the other process."""
        return self._fd

    def put(self, gray: Plane) -> Plane:
        """Copy a plane with any strides into the slot, which grows when it must; return the copy."""
        if os.fstat(self._fd).st_size < gray.size:
            os.ftruncate(self._fd, gray.size)
        held = self.plane(*gray.shape)
        np.copyto(held, gray)
        return held

    def plane(self, height: int, width: int) -> Plane:
        """Return what lies in the slot, as a plane of that size."""
        if self._memory is None or len(self._memory) < height * width:
            self._memory = mmap.mmap(self._fd, 0)
        return np.frombuffer(self._memory, np.uint8, height * width).reshape(height, width)

    def close(self) -> None:
        """Give the memory back. May be called twice."""
        self._memory = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
