"""The doors to zxing-cpp and pyzbar, so that the rest of the scanner does not know which of them reads.

zxing-cpp reads by default. pyzbar stays selectable as a second opinion; it and its library libzbar0 are loaded only
when it is selected. A decoder gives what it read; what to look at, and when, is decided elsewhere.
"""

import enum
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import zxingcpp

from edge.errors import EdgeError
from edge.scanner.planes import Plane

DecoderName = Literal["zxing", "pyzbar"]

_QR: Any = getattr(zxingcpp.BarcodeFormat, "QRCodeModel2", zxingcpp.BarcodeFormat.QRCode)
"""Since zxing-cpp 3 `QRCode` also means Micro QR, whose weak check would let noise pass for a text."""
_FAILURES = (RuntimeError, ValueError, IndexError, OverflowError, MemoryError, OSError)
"""What a library may raise on a crafted image; to a gate all of them mean: nothing was read."""


class Contrast(enum.Enum):
    """How dark and bright are told apart before a code is looked for."""

    LOCAL = zxingcpp.Binarizer.LocalAverage
    GLOBAL = zxingcpp.Binarizer.GlobalHistogram
    FIXED = zxingcpp.Binarizer.FixedThreshold


class Reading(NamedTuple):
    """What one look at one plane gave."""

    texts: list[str]
    is_code_suspected: bool = False
    """A code was found whose text could not be made out."""


class Decoder(Protocol):
    """Looks at one 8-bit plane once."""

    def __call__(self, plane: Plane, contrast: Contrast = Contrast.LOCAL, *, invert: bool = False) -> Reading:
        """Return the texts seen; `invert` also looks for codes that are bright on dark."""
        ...


def read_with_zxing(plane: Plane, contrast: Contrast = Contrast.LOCAL, *, invert: bool = False) -> Reading:
    """Look with zxing-cpp at one scale."""
    try:
        found = zxingcpp.read_barcodes(
            plane,
            formats=_QR,
            try_rotate=False,
            try_downscale=False,
            try_invert=invert,
            binarizer=contrast.value,
            return_errors=True,
        )
        texts = [barcode.text for barcode in found if barcode.valid]
    except _FAILURES:
        return Reading([])
    return Reading(_cleaned(texts), is_code_suspected=len(texts) < len(found))


def _cleaned(texts: list[str]) -> list[str]:
    """Return the texts once each, with plain line ends and no blanks around them, whichever decoder read."""
    plain = (text.replace("\r\n", "\n").strip() for text in texts)
    return list(dict.fromkeys(text for text in plain if text))


def open_decoder(name: DecoderName) -> Decoder:
    """Return the decoder of that name; raise EdgeError when it is not one of the two, or its library is missing."""
    if name == "zxing":
        return read_with_zxing
    if name == "pyzbar":
        return _read_with_pyzbar(*_load_pyzbar())
    raise EdgeError(f"There is no decoder '{name}': set it to 'zxing' or 'pyzbar'.")


def _load_pyzbar() -> tuple[Callable[..., list[Any]], list[Any]]:
    try:
        from pyzbar.pyzbar import ZBarSymbol, decode  # noqa: PLC0415 -- needs libzbar0, which comes by apt
    except (ImportError, OSError) as error:
        raise EdgeError(
            "The decoder 'pyzbar' needs the library libzbar0: type 'apt install libzbar0', "
            "or set the decoder to 'zxing'."
        ) from error
    return decode, [ZBarSymbol.QRCODE]


def _read_with_pyzbar(decode: Callable[..., list[Any]], symbols: list[Any]) -> Decoder:
    def read(plane: Plane, contrast: Contrast = Contrast.LOCAL, *, invert: bool = False) -> Reading:
        """Look with zbar, which has its own way to tell dark from bright."""
        del contrast
        try:
            found = decode(np.ascontiguousarray(plane), symbols=symbols)
            if not found and invert:
                found = decode(np.ascontiguousarray(~plane), symbols=symbols)
            texts = [symbol.data.decode("utf-8", "replace") for symbol in found]
        except _FAILURES:
            return Reading([])
        return Reading(_cleaned(texts))

    return read
