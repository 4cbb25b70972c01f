"""How many photographs of QR codes are read, and at what cost: pyzbar, zxing-cpp as it comes, and our cascade.

A positive photograph counts as read when one of its published texts is returned and nothing else; a text that is not
published for its photograph counts as false. Line ends and blanks around a text do not count. The published texts
come with the photographs, which are two projects' own test suites and lie outside the repository.
"""

import json
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from edge.devices.camera import read_gray
from edge.devices.scene import Scene
from edge.errors import EdgeError
from edge.ports import Frame
from edge.scanner import Scanner, read_still

NAME = "reading"
DEFAULT_PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "qr-photos.tar.gz"
REPETITIONS = 3
EMPTY_FRAMES = 120
"""Frames of a steady stream, looked at by our scanner after it has come to rest."""
EMPTY_FRAMES_PYZBAR = 6

_QR: Any = zxingcpp.BarcodeFormat.QRCode

Plane = NDArray[np.uint8]
Read = Callable[[Plane], list[str]]
Value = float | int | str


class Photo(NamedTuple):
    """A grey photograph and the texts that may be read in it; none means that it shows no code."""

    gray: Plane
    texts: frozenset[str]


class Score(NamedTuple):
    """What one reader made of all photographs once."""

    read: int
    false_texts: int
    cpu_seconds: float


def run(photos: Path | None) -> dict[str, Value]:
    """Measure all three readers in turns; without photographs only say so."""
    source = photos or DEFAULT_PHOTOS
    if not source.exists():
        return {"photos": 0}
    loaded = load(source)
    readers = {"pyzbar": _pyzbar_reader(), "zxing": _read_with_zxing_as_it_comes, "ours": read_still}
    scores: dict[str, list[Score]] = {name: [] for name in readers}
    for _ in range(REPETITIONS):
        for name, reader in readers.items():
            if reader is not None:
                scores[name].append(score(reader, loaded))
    return {**_figures(scores, loaded), **_empty_figures(), "repetitions": REPETITIONS}


def table(result: dict[str, Value]) -> str:
    """Return the figures as lines for a person."""
    if not result["photos"]:
        return f"Reading: there are no photographs at {DEFAULT_PHOTOS.name}; name a folder or an archive with PHOTOS=."
    lines = [
        f"Reading {result['photos']} photographs, {result['positives']} of them with a code ({REPETITIONS} rounds)"
    ]
    lines.append(f"  {'':10}{'read':>9}{'false':>7}{'CPU':>9}")
    for name in ("pyzbar", "zxing", "ours"):
        if f"{name}_rate" in result:
            ratio = result.get(f"{name}_cpu_ratio", "-")
            shown = f"{ratio:9.3f}" if isinstance(ratio, float) else f"{ratio:>9}"
            lines.append(f"  {name:10}{result[f'{name}_rate']:9.1%}{result[f'{name}_false']:7}{shown}")
    if "empty_cpu_ratio" in result:
        lines.append(f"  An empty frame costs {result['empty_cpu_ratio']:.4f} of pyzbar's time with all symbologies.")
    if "ours_cpu_ratio" not in result:
        lines.append("  Without libzbar0 there is nothing to compare with: type 'apt install libzbar0'.")
    return "\n".join(lines)


def load(source: Path) -> list[Photo]:
    """Read the photographs of a folder or a .tar.gz that holds `expected.json`."""
    with _unpacked(source) as folder:
        listed = sorted(folder.rglob("expected.json"))
        if not listed:
            raise EdgeError(f"There is no expected.json in {source}: it must tell the texts of each photograph.")
        entries = json.loads(listed[0].read_text(encoding="utf-8"))
        return [
            Photo(read_gray(listed[0].parent / entry["file"]), frozenset(map(_plain, entry["texts"])))
            for entry in entries
        ]


def score(reader: Read, photos: Sequence[Photo]) -> Score:
    """Read all photographs once."""
    began = time.process_time()
    readings = [reader(photo.gray) for photo in photos]
    cpu_seconds = time.process_time() - began
    pairs = [({_plain(text) for text in texts}, photo.texts) for texts, photo in zip(readings, photos, strict=True)]
    read = sum(bool(found) and found <= allowed for found, allowed in pairs)
    return Score(read, sum(len(found - allowed) for found, allowed in pairs), cpu_seconds)


def _figures(scores: dict[str, list[Score]], photos: Sequence[Photo]) -> dict[str, Value]:
    positives = sum(bool(photo.texts) for photo in photos)
    figures: dict[str, Value] = {"photos": len(photos), "positives": positives}
    for name, rounds in scores.items():
        if rounds:
            figures[f"{name}_rate"] = round(rounds[0].read / max(1, positives), 4)
            figures[f"{name}_false"] = rounds[0].false_texts
    for name in ("ours", "zxing") if scores["pyzbar"] else ():
        ratios = [one.cpu_seconds / zbar.cpu_seconds for one, zbar in zip(scores[name], scores["pyzbar"], strict=True)]
        figures[f"{name}_cpu_ratio"] = round(median(ratios), 4)
    return figures


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _read_with_zxing_as_it_comes(gray: Plane) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(gray, formats=_QR)]


def _pyzbar_reader(*, all_symbologies: bool = False) -> Read | None:
    """Return pyzbar's reader, or None where its library is missing."""
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 -- needs libzbar0
    except (ImportError, OSError):
        return None
    symbols = None if all_symbologies else [pyzbar.ZBarSymbol.QRCODE]

    def read(gray: Plane) -> list[str]:
        return [found.data.decode("utf-8", "replace") for found in pyzbar.decode(gray, symbols=symbols)]

    return read


def _empty_figures() -> dict[str, Value]:
    """Return what a frame of an empty gate costs us in a steady stream, as a share of pyzbar's time for one."""
    reader = _pyzbar_reader(all_symbologies=True)
    if reader is None:
        return {}
    scene = Scene(seed=11)
    frames = [Frame(scene.frame(), ticks) for ticks in range(EMPTY_FRAMES)]
    scanner = Scanner()
    for frame in frames[:30]:
        scanner.scan(frame)
    ratios = []
    for _ in range(REPETITIONS):
        ours = _cpu_seconds(lambda: [scanner.scan(frame) for frame in frames]) / EMPTY_FRAMES
        theirs = _cpu_seconds(lambda: [reader(frame.gray) for frame in frames[:EMPTY_FRAMES_PYZBAR]])
        ratios.append(ours / (theirs / EMPTY_FRAMES_PYZBAR))
    return {"empty_cpu_ratio": round(median(ratios), 5)}


def _cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@contextmanager
def _unpacked(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    with TemporaryDirectory() as folder, tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder)
