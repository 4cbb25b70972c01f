"""Messages of every kind for the tests of the wire, as wide as its types allow."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from wire.envelope import BOOT_END, WALL_END
from wire.messages import (
    Batch,
    CheckIn,
    Claim,
    ClockAnchor,
    ClockQuality,
    GateBook,
    Heartbeat,
    HeldRange,
    Lane,
    Manifest,
    Receipt,
    Row,
    SeqRange,
    SightSpan,
    Status,
    Verdict,
)

U16, U32 = 2**16 - 1, 2**32 - 1
SECONDS = st.integers(0, 86_400)

ids = st.binary(min_size=16, max_size=16)
tags = st.binary(min_size=8, max_size=8)
counts = st.integers(0, 2**62 - 1)
seqs = st.integers(1, 2**62 - 1)
boot_ticks = st.integers(0, BOOT_END - 1)
lanes = st.sampled_from(Lane)
qualities = st.sampled_from(ClockQuality)


def check_ins(moments: SearchStrategy[int]) -> SearchStrategy[CheckIn]:
    return st.builds(CheckIn, moments, tags, lanes, st.sampled_from(Verdict))


@st.composite
def sight_spans(draw: DrawFn, moments: SearchStrategy[int]) -> SightSpan:
    end = draw(moments)
    return SightSpan(end - draw(st.integers(0, min(end, U32))), end, draw(lanes))


def clock_anchors(moments: SearchStrategy[int]) -> SearchStrategy[ClockAnchor]:
    return st.builds(ClockAnchor, moments, st.integers(0, 10 * WALL_END - 1), st.integers(0, U32), qualities)


@st.composite
def outboxes(draw: DrawFn, max_size: int = 60) -> list[Row]:
    """Rows of one boot: of one kind or mixed, close together or far apart, in any order of moments."""
    base = draw(boot_ticks)
    moments = st.integers(base, min(base + draw(st.sampled_from([0, 300, U16, U16 + 1, U32])), BOOT_END - 1))
    of_kind: list[SearchStrategy[Row]] = [check_ins(moments), sight_spans(moments), clock_anchors(moments)]
    kinds = draw(st.sets(st.sampled_from(range(3)), min_size=1))
    return draw(st.lists(st.one_of([of_kind[kind] for kind in kinds]), min_size=1, max_size=max_size))


@st.composite
def batches(draw: DrawFn) -> Batch:
    rows = tuple(draw(outboxes()))
    base = min(row.at for row in rows)
    wall = draw(st.integers(-BOOT_END + 1, WALL_END - 1))
    return Batch(draw(ids), draw(seqs), draw(ids), wall - base, draw(qualities), rows)


@st.composite
def seq_ranges(draw: DrawFn) -> SeqRange:
    first, last = sorted((draw(seqs), draw(seqs)))
    return SeqRange(first, last)


receipts = st.builds(
    Receipt,
    ids,
    ids,
    counts,
    st.lists(st.builds(lambda part, boot: HeldRange(part.first, part.last, boot), seq_ranges(), ids)).map(tuple),
    st.lists(seq_ranges()).map(tuple),
    st.none() | st.integers(0, 10 * WALL_END - 1),
)
heartbeats = st.builds(
    Heartbeat,
    boot_id=ids,
    sent=boot_ticks,
    wall_offset=st.integers(-2 * BOOT_END + 1, WALL_END - 1),
    quality=qualities,
    claims=st.lists(st.builds(Claim, ids, boot_ticks, counts, ids, st.booleans(), st.booleans())).map(tuple),
    backlog=counts,
    oldest_kept_seq=counts,
    sighted=st.booleans(),
    frames_per_second=st.floats(0, 1000),
    taps=counts,
    refusals=counts,
    disk_free_bytes=counts,
    gate_book_revision=counts,
    version=st.text(st.characters(codec="utf-8"), max_size=64),
    temperature_celsius=st.none() | st.floats(-100, 300),
    under_voltage=st.none() | st.booleans(),
)
statuses = st.builds(Status, ids, ids, counts, st.booleans())
manifests = st.builds(
    Manifest, counts, st.binary(min_size=32, max_size=32), counts, st.lists(tags, max_size=20).map(tuple)
)
gate_books = st.builds(
    GateBook,
    counts,
    st.lists(tags, max_size=20).map(tuple),
    st.lists(SECONDS, max_size=9).map(tuple),
    st.lists(st.tuples(SECONDS, SECONDS), max_size=4).map(tuple),
    st.integers(-86_400, 86_400),
)
