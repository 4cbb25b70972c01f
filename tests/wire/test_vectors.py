"""Golden vectors: what was printed and installed is still read, and written the same to the byte."""

from itertools import chain

import pytest

from tests.wire.forms import BATCH, GATE_BOOK, HEARTBEAT, MANIFEST, RECEIPT, STATUS, Form
from tests.wire.golden import VECTORS, Case, cases, written
from wire.card import card_of

FINAL = {"batch": BATCH, "receipt": RECEIPT}
DRAFT = {"heartbeat": HEARTBEAT, "status": STATUS, "manifest": MANIFEST, "gate_book": GATE_BOOK}
MESSAGES = [
    pytest.param(form, case, id=case.name)
    for stage, forms in (("v1", FINAL), ("draft", DRAFT))
    for kind, form in forms.items()
    for case in cases(stage, kind)
]


@pytest.mark.parametrize("case", cases("v1", "card"), ids=lambda case: case.name)
def test_every_card_ever_printed_still_reads(case: Case) -> None:
    card = card_of(case.content["number"])
    assert card.tag.hex() == case.content["tag"]
    assert card.key.hex() == case.content["key"]


@pytest.mark.parametrize(("form", "case"), MESSAGES)
def test_bytes_of_a_vector_mean_what_it_says(form: Form, case: Case) -> None:
    assert written(form.decode(bytes.fromhex(case.content["hex"]))) == case.content["value"]


@pytest.mark.parametrize(("form", "case"), MESSAGES)
def test_encoding_gives_exactly_the_bytes_of_a_vector(form: Form, case: Case) -> None:
    payload = bytes.fromhex(case.content["hex"])
    if case.content.get("encodes", True):
        assert form.encode(form.decode(payload)) == payload
    else:
        assert form.decode(payload)


def test_final_vectors_are_added_to_and_never_edited() -> None:
    files = sorted(path.stem for path in (VECTORS / "v1").glob("*.json"))
    held = {case.name: case.sha256 for case in chain.from_iterable(cases("v1", kind) for kind in files)}
    frozen = {}
    for line in (VECTORS / "v1" / "FROZEN").read_text(encoding="ascii").splitlines():
        sha256, _, name = line.partition("  ")
        frozen[name] = sha256
    assert held == frozen, "a final vector was edited, removed, or added without its line in v1/FROZEN"


def test_the_final_vectors_have_not_shrunk() -> None:
    counted = {kind: len(cases("v1", kind)) for kind in ("card", "batch", "receipt")}
    assert counted["card"] >= 4
    assert counted["batch"] >= 12
    assert counted["receipt"] >= 4
