"""Ledger arithmetic against a naive model: a dictionary of seq to (kind, boot)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.rules import HELD, LOST, QUARANTINED, LedgerPart, add, cut, span_union
from wire.messages import SeqRange

LAST = 40
BOOTS = (b"first", b"second", b"third")
Model = dict[int, tuple[str, bytes]]

spans = st.tuples(st.integers(1, LAST), st.integers(1, LAST)).map(lambda pair: (min(pair), max(pair)))
batches = st.lists(st.tuples(spans, st.sampled_from(BOOTS), st.sampled_from([HELD, QUARANTINED])), max_size=30)
losses = st.lists(spans, max_size=3)


def _seqs(ranges: tuple[SeqRange, ...]) -> list[int]:
    return [seq for part in ranges for seq in range(part.first, part.last + 1)]


def _as_model(ledger: list[LedgerPart]) -> Model:
    return {seq: (part.kind, part.boot_id) for part in ledger for seq in range(part.first, part.last + 1)}


def _declare_lost(ledger: list[LedgerPart], first: int, last: int) -> list[LedgerPart]:
    for missing in cut(ledger, first, last, b"").fresh:
        if not any(part.first <= missing.last and missing.first <= part.last for part in ledger):
            ledger = add(ledger, LedgerPart(missing.first, missing.last, LOST, b""))
    return ledger


@given(losses, batches)
def test_a_ledger_takes_what_a_dictionary_of_seqs_would_take(
    lost: list[tuple[int, int]], taken: list[tuple[tuple[int, int], bytes, str]]
) -> None:
    ledger: list[LedgerPart] = []
    for first, last in lost:
        ledger = _declare_lost(ledger, first, last)
    model = _as_model(ledger)

    for (first, last), boot, kind in taken:
        found = cut(ledger, first, last, boot)
        wanted = range(first, last + 1)
        assert _seqs(found.fresh) == [seq for seq in wanted if model.get(seq, (LOST,))[0] == LOST]
        assert _seqs(found.forked) == [
            seq for seq in wanted if seq in model and model[seq][0] != LOST and model[seq][1] != boot
        ]
        for part in found.fresh:
            ledger = add(ledger, LedgerPart(part.first, part.last, kind, boot))
            model |= dict.fromkeys(range(part.first, part.last + 1), (kind, boot))
        assert _as_model(ledger) == model


@given(batches)
def test_a_ledger_stays_in_order_without_overlaps_and_as_short_as_can_be(
    taken: list[tuple[tuple[int, int], bytes, str]],
) -> None:
    ledger: list[LedgerPart] = []
    for (first, last), boot, kind in taken:
        for part in cut(ledger, first, last, boot).fresh:
            ledger = add(ledger, LedgerPart(part.first, part.last, kind, boot))

    for before, after in pairwise(ledger):
        assert before.last < after.first
        assert before.last + 1 < after.first or (before.kind, before.boot_id) != (after.kind, after.boot_id)


@given(st.lists(spans, max_size=12))
def test_a_union_holds_the_same_seqs_in_the_fewest_ranges(taken: list[tuple[int, int]]) -> None:
    ranges = [SeqRange(first, last) for first, last in taken]
    whole = span_union(ranges)

    assert _seqs(tuple(whole)) == sorted(set(_seqs(tuple(ranges))))
    assert all(before.last + 1 < after.first for before, after in pairwise(whole))


def test_a_replay_is_neither_fresh_nor_forked() -> None:
    ledger = [LedgerPart(1, 100, HELD, b"first")]

    assert cut(ledger, 20, 80, b"first") == cut([], 1, 0, b"first")


def test_the_same_seqs_under_another_boot_are_forked_and_the_rest_is_fresh() -> None:
    found = cut([LedgerPart(1, 100, HELD, b"first")], 90, 110, b"second")

    assert found.forked == (SeqRange(90, 100),)
    assert found.fresh == (SeqRange(101, 110),)
