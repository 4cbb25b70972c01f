"""Finding QR texts in images, so that the rest of the kiosk sees taps and never a pixel.

`read_still` reads one image as well as it can be read. `Scanner` watches a camera's stream at a cost a small computer
can bear, with a decoder beside it or in a `DecoderProcess`, and `HoldTracker` makes one tap out of the many frames in
which a card is held up. What a text means is not known here.
"""

from edge.scanner.decoders import DecoderName
from edge.scanner.holds import HoldTracker
from edge.scanner.process import DecoderProcess
from edge.scanner.quality import Bounds, Flaw
from edge.scanner.still import read_still
from edge.scanner.stream import Scanner

__all__ = ["Bounds", "DecoderName", "DecoderProcess", "Flaw", "HoldTracker", "Scanner", "read_still"]
