"""The names of the topics: what the broker's access list and both programs agree on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import WireError
from wire.topics import Down, Up, every, is_kiosk_id, parse, topic

kiosk_ids = st.from_regex(r"[a-z0-9-]{3,32}", fullmatch=True)


def test_the_topics_are_these_and_no_others() -> None:
    assert [topic("pv-07-gate-1", leaf) for leaf in (*Up, *Down)] == [
        "salagate/v1/pv-07-gate-1/rows",
        "salagate/v1/pv-07-gate-1/heartbeat",
        "salagate/v1/pv-07-gate-1/status",
        "salagate/v1/pv-07-gate-1/receipt",
        "salagate/v1/pv-07-gate-1/gate-book",
        "salagate/v1/pv-07-gate-1/settings",
        "salagate/v1/pv-07-gate-1/command",
    ]


def test_a_filter_takes_one_kind_from_every_kiosk_and_never_everything() -> None:
    assert [every(leaf) for leaf in Up] == ["salagate/v1/+/rows", "salagate/v1/+/heartbeat", "salagate/v1/+/status"]


@given(kiosk_ids, st.sampled_from(Up))
def test_an_upward_topic_reads_back(kiosk_id: str, leaf: Up) -> None:
    assert parse(topic(kiosk_id, leaf)) == (kiosk_id, leaf)


@pytest.mark.parametrize(
    "text", ["", "ab", "a" * 33, "Gate-1", "gate 1", "gate/1", "gate+1", "+++", "###", "gate-1\n", "ច្រក"]
)
def test_such_texts_are_no_kiosk_ids(text: str) -> None:
    assert not is_kiosk_id(text)
    with pytest.raises(WireError, match="not a kiosk id"):
        topic(text, Up.ROWS)


@pytest.mark.parametrize(
    "name",
    ["", "/", "rows", "salagate/v1/gate-1", "salagate/v1/gate-1/", "salagate/v1//rows", "salagate/v2/gate-1/rows",
     "salagate/v1/gate-1/receipt", "salagate/v1/gate-1/rows/", "salagate/v1/gate-1/rows/rows", "salagate/v1/+/rows",
     "x/salagate/v1/gate-1/rows", "/salagate/v1/gate-1/rows", "salagate/v1/gate-1/ROWS", "$SYS/broker/uptime"],
)  # fmt: skip
def test_such_names_are_no_topics_of_a_kiosk(name: str) -> None:
    with pytest.raises(WireError, match="not a topic of a kiosk"):
        parse(name)


@given(st.text() | st.lists(st.sampled_from(["salagate", "v1", "gate-1", "rows", "+", ""])).map("/".join))
def test_any_name_parses_or_is_a_wire_error(name: str) -> None:
    try:
        kiosk_id, leaf = parse(name)
    except WireError as error:
        assert error.reason  # noqa: PT017
    else:
        assert topic(kiosk_id, leaf) == name
