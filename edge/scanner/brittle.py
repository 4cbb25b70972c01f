"""A decoder that breaks as real ones do on a crafted image, so that tests can hold such an image up to the camera.

It reads with zxing-cpp; one text makes it hang, another ends its process. No setting names it: only `DecoderProcess`
takes it, and only from a test.
"""

import os

from edge.scanner.decoders import Contrast, Reading, read_with_zxing
from edge.scanner.planes import Plane

BRITTLE = "brittle"
HANGS = "THIS CODE HANGS THE DECODER"
ABORTS = "THIS CODE ENDS THE DECODER"


def read_or_break(plane: Plane, contrast: Contrast = Contrast.LOCAL, *, invert: bool = False) -> Reading:
    """Look with zxing-cpp; never come back from one of the two texts."""
    reading = read_with_zxing(plane, contrast, invert=invert)
    while HANGS in reading.texts:
        pass
    if ABORTS in reading.texts:
        os.abort()
    return reading
