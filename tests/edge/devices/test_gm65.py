"""The serial words of a GM65-class reader: the manuals' own examples, and anything at all on the line."""

from hypothesis import given
from hypothesis import strategies as st

from edge.devices import gm65
from edge.devices.gm65 import MAX_TEXT_BYTES, UNREADABLE, Answer, Stream

CARD = "S0123456789ABCDE"


def test_commands_and_answers_agree_with_the_manuals_examples() -> None:
    assert gm65.success(0) == bytes.fromhex("02 00 00 01 00 33 31")
    assert gm65._command(0x09, 0, 0) == bytes.fromhex("7E 00 09 01 00 00 00 DE C8")
    assert gm65._command(0x07, 0x2A, 2) == bytes.fromhex("7E 00 07 01 00 2A 02 D8 0F")
    assert gm65.query_mode().startswith(bytes.fromhex("7E 00 07 01 00 00 01"))


def test_only_manual_and_command_mode_wait_for_somebody() -> None:
    assert [gm65.reads_by_itself(0xD4 | mode) for mode in range(4)] == [False, False, True, True]
    assert gm65.read_by_itself(0xD4)[6] == 0xD6


def test_line_ends_are_taken_off_and_empty_lines_are_nothing() -> None:
    assert Stream().feed(b"\r\n" + CARD.encode() + b"\r\n\n" + b"B\r") == [CARD, "B"]


def test_what_is_not_plain_ascii_is_refused() -> None:
    assert Stream().feed("ស្រី\rA\x07B\rok\r".encode()) == [UNREADABLE, UNREADABLE, "ok"]


def test_a_long_line_is_refused_and_never_kept() -> None:
    stream = Stream()
    for _ in range(1000):
        assert stream.feed(b"A" * 1000) == []
    assert len(stream._line) + len(stream._unread) == MAX_TEXT_BYTES

    assert stream.feed(b"\r" + CARD.encode() + b"\r") == [UNREADABLE, CARD]


def test_an_answer_ends_a_text_whose_line_end_was_left_out() -> None:
    assert Stream().feed(CARD.encode() + gm65.success(0xD6)) == [CARD, Answer(is_ok=True, value=0xD6)]


def test_a_refused_command_is_no_text() -> None:
    refused = b"\x02\x00" + (body := b"\x01\x01\x00") + gm65._check(body)

    assert Stream().feed(refused) == [Answer(is_ok=False, value=0)]


def test_an_answer_whose_check_is_wrong_is_none() -> None:
    assert Stream().feed(gm65.success(1)[:-1] + b"\x00\r") == [UNREADABLE]


@given(st.lists(st.one_of(st.binary(max_size=300), st.just(gm65.success(0x0D)), st.just(b"S0\r\n")), max_size=20))
def test_whatever_is_on_the_line_its_cuts_do_not_matter_and_little_is_kept(pieces: list[bytes]) -> None:
    whole, cut = Stream(), Stream()
    data = b"".join(pieces)
    at_once = whole.feed(data)
    in_bytes = [found for byte in data for found in cut.feed(bytes([byte]))]

    assert at_once == in_bytes
    assert len(whole._line) <= MAX_TEXT_BYTES
    assert len(whole._unread) < 7
    assert all(isinstance(found, Answer) or found.isascii() for found in at_once)
