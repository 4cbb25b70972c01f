"""The scanner against cards as a camera sees them: what is read, what never is, and what is one tap."""

from itertools import pairwise

import numpy as np
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.devices.scene import VIEWS, Held, Scene, View
from edge.errors import EdgeError
from edge.ports import Frame
from edge.scanner import DecoderName, HoldTracker, Scanner, read_still
from edge.scanner.decoders import open_decoder, read_with_zxing
from edge.scanner.motion import HOLD_FRAMES, STILL_LOOK_EVERY, MotionGate
from wire.card import ALPHABET

Plane = NDArray[np.uint8]
FOREIGN = "https://phsar.example/menu?table=7"


def numbers(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["S" + "".join(rng.choice(list(ALPHABET), 15)) for _ in range(count)]


def printed(text: str, pixels: int = 6, *, micro: bool = False) -> Plane:
    """Return a code as a printer would draw it."""
    modules = np.array([list(row) for row in segno.make(text, error="l", micro=micro).matrix], dtype=bool)
    framed = np.pad(modules, 4)
    cells = np.where(framed, np.uint8(20), np.uint8(230))
    return np.asarray(np.kron(cells, np.ones((pixels, pixels), np.uint8)), np.uint8)


def frames_of(*planes: Plane) -> list[Frame]:
    return [Frame(plane, 7 * place) for place, plane in enumerate(planes)]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(seed=5)


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_read_from_many_cards(name: str, scene: Scene) -> None:
    rng = np.random.default_rng(len(name))

    unread = [n for n in numbers(12, seed=17) if read_still(scene.frame([Held(n, VIEWS[name].varied(rng))])) != [n]]

    assert unread == []


@pytest.mark.parametrize("name", VIEWS)
def test_four_frames_of_a_stream_are_enough_for_any_view(name: str, scene: Scene) -> None:
    rng = np.random.default_rng(len(name) + 40)
    scanner = Scanner()

    for number in numbers(6, seed=23):
        held = [Held(number, VIEWS[name].varied(rng))]
        scanner.scan(Frame(scene.frame(light=VIEWS[name]), 0))
        seen = {text for _ in range(4) for text in scanner.scan(Frame(scene.frame(held), 0))}
        assert seen == {number}


def test_a_lamp_that_blinds_a_corner_needs_the_local_mean(scene: Scene) -> None:
    glaring, scanner = View(glare=1.0, unevenness=0.6), Scanner()

    for number in numbers(8, seed=29):
        assert read_still(scene.frame([Held(number, glaring)])) == [number]
    (number,) = numbers(1, seed=30)
    frames = [Frame(scene.frame([Held(number, glaring)]), 0) for _ in range(4)]
    assert [number] in [scanner.scan(frame) for frame in frames]


@pytest.mark.parametrize("roll", range(0, 360, 30))
def test_a_card_is_read_whichever_way_up(roll: int, scene: Scene) -> None:
    (number,) = numbers(1, seed=roll)

    assert read_still(scene.frame([Held(number, View(roll_degrees=roll))])) == [number]


def test_a_foreign_code_is_a_text_like_any_other(scene: Scene) -> None:
    assert read_still(scene.frame([Held(FOREIGN)])) == [FOREIGN]


def test_an_empty_gate_shows_nothing(scene: Scene) -> None:
    scanner = Scanner()

    assert [read_still(scene.frame(light=view)) for view in VIEWS.values()] == [[]] * len(VIEWS)
    assert [scanner.scan(Frame(scene.frame(), 0)) for _ in range(40)] == [[]] * 40


def test_noise_is_never_taken_for_a_text() -> None:
    rng = np.random.default_rng(3)

    texts = [read_still(rng.integers(0, 256, (200, 300), dtype=np.uint8)) for _ in range(30)]

    assert texts == [[]] * 30


def test_two_cards_in_one_frame_are_both_read(scene: Scene) -> None:
    left, right = numbers(2, seed=8)
    held = [Held(left, View(x_mm=-60)), Held(right, View(x_mm=60, roll_degrees=100))]

    assert sorted(read_still(scene.frame(held))) == sorted([left, right])
    assert sorted(Scanner().scan(Frame(scene.frame(held), 0))) == sorted([left, right])


def test_a_code_shown_twice_is_one_text() -> None:
    assert read_still(np.hstack([printed(FOREIGN), printed(FOREIGN)])) == [FOREIGN]


def test_bright_on_dark_is_read() -> None:
    assert read_still(255 - printed(FOREIGN)) == [FOREIGN]


def test_a_micro_code_is_not_read_as_its_check_is_too_weak() -> None:
    assert read_still(printed("12345", micro=True)) == []


def test_line_ends_and_blanks_around_a_text_do_not_matter() -> None:
    assert read_still(printed("  one\r\ntwo \r\n")) == ["one\ntwo"]


@pytest.mark.parametrize(
    "view",
    [
        lambda code: code[::-1],
        lambda code: code[:, ::-1],
        lambda code: code.T,
        np.asfortranarray,
        lambda code: np.repeat(code, 2, axis=1)[:, ::2],
        lambda code: np.pad(code, 9)[9:-9, 9:-9],
        lambda code: np.dstack([code, code, code])[:, :, 1],
    ],
)
def test_any_strides_are_read_and_nothing_is_changed(view) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    plane = view(printed(FOREIGN))
    before = plane.copy()
    plane.flags.writeable = False

    assert read_still(plane) == [FOREIGN]
    assert (plane == before).all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 50), (1, 1), (1, 4000), (20, 20), (21, 21), (22, 23), (3, 9000)])
def test_an_image_too_small_for_a_code_shows_none(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)

    assert read_still(rng.integers(0, 256, shape, dtype=np.uint8)) == []


def test_a_very_large_image_is_read_all_the_same() -> None:
    code = printed(FOREIGN, 12)
    wide = np.full((code.shape[0], 9000), 230, np.uint8)
    wide[:, 100 : 100 + code.shape[1]] = code

    assert read_still(wide) == [FOREIGN]


@pytest.mark.parametrize(
    "image",
    [np.zeros((50, 50)), np.zeros((50, 50), np.int8), np.zeros(50, np.uint8), np.zeros((50, 50, 3), np.uint8), None],
)
def test_what_is_no_grey_image_is_refused_in_a_sentence(image) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(ValueError, match="8-bit grey values"):
        read_still(image)
    with pytest.raises(ValueError, match="8-bit grey values"):
        Scanner().scan(Frame(image, 0))


def test_a_decoder_that_fails_has_read_nothing() -> None:
    assert read_with_zxing(np.zeros((0, 0), np.uint8)).texts == []


@given(st.integers(21, 90), st.integers(21, 90), st.integers(0, 2**32 - 1))
def test_damaged_codes_give_the_text_or_nothing(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane = printed(FOREIGN, 5)
    row, column = (rng.integers(0, side - 20) for side in plane.shape)
    hole = plane[row : row + height, column : column + width]
    hole[:] = rng.integers(0, 256, hole.shape, dtype=np.uint8)

    assert read_still(plane) in ([], [FOREIGN])


def test_a_still_gate_is_looked_at_every_fifth_frame(scene: Scene) -> None:
    gate, frames = MotionGate(), [scene.frame() for _ in range(HOLD_FRAMES + 20)]

    active = [gate.notices_motion(frame) for frame in frames[:HOLD_FRAMES]]
    looks = []
    for frame in frames[HOLD_FRAMES:]:
        assert not gate.notices_motion(frame)
        looks.append(gate.is_still_look_due)

    assert active == [True] * HOLD_FRAMES
    assert looks == [place % STILL_LOOK_EVERY == 0 for place in range(1, 21)]


def test_a_card_that_comes_into_view_is_noticed_at_once(scene: Scene) -> None:
    gate = MotionGate()
    while gate.notices_motion(scene.frame()):
        pass

    assert gate.notices_motion(scene.frame([Held(FOREIGN, VIEWS["far"])]))


def test_slow_movement_adds_up_between_looks() -> None:
    gate, plane = MotionGate(), np.full((720, 1280), 100, np.uint8)
    while gate.notices_motion(plane):
        pass

    moved = [gate.notices_motion(plane + np.uint8(4 * step)) for step in range(1, 5)]

    assert moved == [False, False, False, True]


def test_a_card_held_still_stays_in_sight_between_looks(scene: Scene) -> None:
    (number,) = numbers(1, seed=2)
    scanner, still = Scanner(), Held(number, View(shake_px=0))

    assert [scanner.scan(Frame(scene.frame([still]), 0)) for _ in range(40)] == [[number]] * 40


def test_a_card_taken_away_is_gone_at_once(scene: Scene) -> None:
    scanner = Scanner()
    for _ in range(HOLD_FRAMES + 8):
        scanner.scan(Frame(scene.frame([Held(FOREIGN)]), 0))

    assert scanner.scan(Frame(scene.frame(), 0)) == []


def test_one_hold_is_one_tap() -> None:
    holds = HoldTracker()

    taps = [holds.taps(["A"] if place % 5 else [], 7 * place) for place in range(200)]

    assert [tap for tap in taps if tap] == [["A"]]


def test_the_same_card_again_after_a_second_is_a_new_tap() -> None:
    holds = HoldTracker()
    assert holds.taps(["A"], 0) == ["A"]
    for ticks in range(7, 105, 7):
        assert holds.taps([], ticks) == []

    assert holds.taps(["A"], 106) == ["A"]


def test_a_reading_that_fails_for_most_of_a_second_does_not_cut_a_hold() -> None:
    holds = HoldTracker()
    assert holds.taps(["A"], 0) == ["A"]
    for ticks in range(7, 99, 7):
        holds.taps([], ticks)

    assert holds.taps(["A"], 100) == []


def test_frames_that_lie_far_apart_do_not_cut_a_hold() -> None:
    holds = HoldTracker()

    assert [holds.taps(["A"], 133 * place) for place in range(5)] == [["A"], [], [], [], []]


def test_two_cards_held_together_are_two_taps() -> None:
    holds = HoldTracker()

    assert holds.taps(["A", "B", "A"], 0) == ["A", "B"]
    assert holds.taps(["B", "A"], 7) == []


@given(st.lists(st.tuples(st.sampled_from([1, 7, 40, 133]), st.sets(st.sampled_from("AB"))), max_size=80))
def test_taps_begin_exactly_where_a_text_was_away_long_enough(steps: list[tuple[int, set[str]]]) -> None:
    holds, now = HoldTracker(), 0
    seen: dict[str, list[tuple[int, int]]] = {"A": [], "B": []}
    taps: dict[str, list[int]] = {"A": [], "B": []}
    for place, (gap, texts) in enumerate(steps):
        now += gap
        for text in holds.taps(sorted(texts), now):
            taps[text].append(now)
        for text in texts:
            seen[text].append((place, now))

    for text, sightings in seen.items():
        begun = [ticks for _, ticks in sightings[:1]]
        for (place, ticks), (next_place, next_ticks) in pairwise(sightings):
            # The hold ends in a frame without the card, or with this very sighting when the frames before sufficed.
            if next_ticks - ticks > 100 and next_place - place - 1 >= 3:
                begun.append(next_ticks)
        assert taps[text] == begun


@pytest.mark.parametrize("decoder", ["zxing", "pyzbar"])
def test_either_decoder_reads_the_same_cards(decoder: DecoderName, scene: Scene) -> None:
    if decoder == "pyzbar":
        pytest.importorskip("pyzbar.pyzbar", reason="libzbar0 is not installed", exc_type=ImportError)
    scanner = Scanner(decoder)

    for number in [*numbers(5, seed=31), FOREIGN]:
        seen = [scanner.scan(Frame(scene.frame([Held(number)]), 0)) for _ in range(3)]
        assert seen[0] == [number]


def test_an_unknown_decoder_is_refused_in_a_sentence() -> None:
    with pytest.raises(EdgeError, match="set it to 'zxing' or 'pyzbar'"):
        open_decoder("laser")  # type: ignore[arg-type]
