"""The settings file that a technician hands over is one that the kiosk's own program reads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.settings import read
from provisioning.settings import KioskSettings, render
from wire.messages import Lane


def settings(**other: object) -> KioskSettings:
    usual: dict[str, object] = {
        "kiosk_id": "kl-front-1",
        "lane": "IN",
        "data_folder": "data",
        "collector_url": "https://collector.example",
        "broker_host": "127.0.0.1",
        "broker_port": 1883,
        "camera": "scene:scenes.jsonl",
    }
    return KioskSettings(**{**usual, **other})  # type: ignore[arg-type]


def test_the_kiosk_reads_what_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(render(settings(lane="BOTH", broker_port=8883)), encoding="utf-8")

    found = read(path)

    assert (found.kiosk_id, found.wire_lane, found.broker.port) == ("kl-front-1", Lane.BOTH, 8883)
    assert (found.broker.host, found.collector_url) == ("127.0.0.1", "https://collector.example")
    assert Path(found.data_folder) == tmp_path / "data"
    assert found.camera.path == tmp_path / "scenes.jsonl"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
def test_no_name_of_a_folder_breaks_the_file(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / "kiosk.toml"
    path.write_text(render(settings(data_folder=name)), encoding="utf-8", newline="")

    assert read(path).data_folder == str(path.parent / name)
