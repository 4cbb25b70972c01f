"""A printed card is read by the kiosk's own scanner: two programs that meet only on paper."""

import numpy as np
import pypdfium2

from collector.cards.sheet import CardFace, render_sheet
from edge.scanner import read_still
from wire.card import new_number

SCALE = 200 / 72
CARD_PX = (674, 425)


def test_the_scanner_reads_each_card_of_a_sheet_once() -> None:
    numbers = [new_number() for _ in range(12)]
    faces = [
        CardFace(number, "អនុវិទ្យាល័យកំពង់លាវ", "Kampong Leav", "៨ខ", "8B", "ស៊ឹម សុភ័ក្ត្រ", "SIM SOPHEAK", "2026-27")
        for number in numbers
    ]
    pages = [
        np.asarray(page.render(scale=SCALE).to_pil().convert("L"))
        for page in pypdfium2.PdfDocument(render_sheet(faces))
    ]
    read = [read_still(_card(pages[place // 10], place % 10)) for place in range(len(numbers))]
    assert read == [[number] for number in numbers]


def _card(page: np.ndarray, slot: int) -> np.ndarray:
    left, top = (round(mm * 200 / 25.4) for mm in (17.4 + slot % 2 * 89.6, 9.5 + slot // 2 * 56))
    return np.ascontiguousarray(page[top : top + CARD_PX[1], left : left + CARD_PX[0]])
