"""The bench keeps figures with what they depend on, and says in one sentence what it does not know."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import Value, main, measure


class StoneThrow:
    """A benchmark that takes no time."""

    NAME = "stone"

    def run(self, photos: Path | None) -> dict[str, Value]:
        return {"photos": 0 if photos is None else 1, "metres": 12.5, "repetitions": 3}

    def table(self, result: dict[str, Value]) -> str:
        return f"thrown {result['metres']} m"


def test_a_result_is_shown_and_kept_flat_with_versions_and_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    measure(StoneThrow(), None)

    kept = json.loads((tmp_path / "build/bench/stone.json").read_text(encoding="utf-8"))
    assert "thrown 12.5 m" in capsys.readouterr().out
    assert (kept["photos"], kept["metres"], kept["repetitions"]) == (0, 12.5, 3)
    assert {"cores", "python_version", "numpy_version"} <= set(kept)
    assert not any(isinstance(value, dict | list) for value in kept.values())


def test_an_unknown_benchmark_ends_with_the_names_of_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 2
    assert capsys.readouterr().err.startswith("There is no benchmark 'nonsense'; there is: ")


def test_photographs_that_are_not_there_end_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--photos", str(tmp_path / "nowhere")]) == 2
    assert "There are no photographs at" in capsys.readouterr().err
