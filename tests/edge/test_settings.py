"""A wrong settings file ends in one sentence that says what is wrong and where."""

from pathlib import Path

import pytest

from edge import settings as settings_file
from edge.errors import SettingsError
from wire.messages import Lane

GOOD = """
kiosk_id = "kl-front-1"
lane = "IN"
data_folder = "data"
collector_url = "http://127.0.0.1:8080"
[broker]
host = "127.0.0.1"
port = 1883
[camera]
source = "scene:morning.jsonl"
"""


def read(tmp_path: Path, text: str) -> settings_file.Settings:
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return settings_file.read(path)


def test_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD + 'progress = "seen.json"\n[indicator]\nrecord = "lights.jsonl"\n')

    assert settings.outbox_path == tmp_path / "data" / "outbox.sqlite"
    assert (settings.camera.kind, settings.camera.path) == ("scene", tmp_path / "morning.jsonl")
    assert settings.camera.progress == str(tmp_path / "seen.json")
    assert settings.indicator.record == str(tmp_path / "lights.jsonl")


def test_what_is_not_said_has_its_usual_value(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)

    assert settings.wire_lane is Lane.IN
    assert (settings.camera.decoder, settings.camera.frames_per_second) == ("zxing", 15)
    assert (settings.judge.repeat_window_seconds, settings.judge.sight_break_seconds) == (30, 5)
    assert settings.clock_speed == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kiosk_id", "kiosk_name", "kiosk_name"),
        ("port = 1883", 'port = 1883\nusser = "x"', "usser"),
        ("port = 1883", "port = 99999", "$.broker.port"),
        ('"IN"', '"UP"', "lane"),
        ('"kl-front-1"', '"KL 1"', "kiosk_id takes 3 to 32"),
        ("scene:", "webcam:", "source"),
        ('lane = "IN"', "", "lane"),
        ("[broker]", "[broker", "is wrong"),
        ("http://", "ftp://", "collector_url"),
        (
            "[camera]",
            "[clock.simulation]\nstart = 2025-01-06T06:40:00\nstarted_at = 2025-01-06T06:40:00\n[camera]",
            "clock.simulation",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))

    sentence = str(caught.value)
    assert says.removeprefix("$.") in sentence
    assert str(tmp_path / "kiosk.toml") in sentence
    assert sentence.endswith("Correct it and start again.")
    assert "\n" not in sentence


def test_a_file_of_another_encoding_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(GOOD, encoding="utf-16")

    with pytest.raises(SettingsError, match=r"is not UTF-8 text\. Save it as UTF-8 and start again\.$"):
        settings_file.read(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Cannot read the settings file .*: No such file"):
        settings_file.read(tmp_path / "none.toml")
