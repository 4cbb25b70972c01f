"""The guide of an operator is followed to the letter, and its tables hold every setting, column and state there is."""

import os
import re
import shutil
import types
import typing
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from collector.dashboard.schemas import GateState
from collector.dashboard.words import Words
from collector.db import Database
from collector.models import NotificationState, Reason
from collector.roster import csvfile
from collector.roster.schemas import ClassEntry, GateEntry, SchoolFile
from collector.schedule.schemas import ClosureEntry, ScheduleFile, ShiftEntry
from collector.settings import Settings as CollectorSettings
from collector.settings import read_settings
from edge.devices.optics import VIEWS
from edge.devices.script import read_script
from edge.ports import Signal
from edge.settings import Settings as EdgeSettings
from edge.settings import read as read_kiosk
from tests.simulation.served_collector import PASSWORD, served
from tests.test_docs import GUIDE, PROGRAMS, ROOT, fences, typed_lines
from wire.card import card_of
from wire.clock import make_clock

ADDRESS = "http://127.0.0.1:8080"
ENGLISH = Words("en", CollectorSettings("", "").zone)


def section(title: str) -> str:
    """Return the text below a heading of the guide."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found, f"the guide has no heading {title!r}"
    return found[1]


def table(title: str) -> list[list[str]]:
    """Return the rows of the table below a heading, its cells without ticks."""
    lines = [line[1:-1] for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in line.split("|")] for line in lines[1:]]


def example(name: str) -> str:
    """Return the example file of that name."""
    return next(text for kind, text in fences(GUIDE) if kind.split()[-1:] == [name])


def _structs(annotation: Any) -> Iterator[type[msgspec.Struct]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Annotated:
        for part in typing.get_args(annotation):
            yield from _structs(part)


def settings_of(form: type[msgspec.Struct], before: str = "") -> dict[str, str]:
    """Return each setting with its default as the guide writes it."""
    found: dict[str, str] = {}
    for field in msgspec.structs.fields(form):
        below = list(_structs(field.type))
        if below:
            found |= settings_of(below[0], f"{before}{field.name}.")
        else:
            found[before + field.name] = _default(field)
    return found


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT:
        return "must be set"
    if field.default is None:
        return "none"
    return msgspec.toml.encode({"x": field.default}).decode().strip().partition(" = ")[2]


@pytest.mark.parametrize(
    ("title", "form"),
    [("Settings of the collector", CollectorSettings), ("Settings of a kiosk", EdgeSettings)],
)
def test_the_guide_has_every_setting_with_its_default_and_no_other(title: str, form: type[msgspec.Struct]) -> None:
    told = {name: default for name, _unit, default, _purpose in table(title)}

    assert told == settings_of(form)


def test_the_guide_has_the_columns_of_a_roster() -> None:
    told = {name: needed == "yes" for name, needed, _ in table("3. The school, its bells, its students")}

    assert told == dict.fromkeys(csvfile._STUDENT, True) | dict.fromkeys(csvfile._GUARDIAN, False)
    assert example("roster.csv").splitlines()[0].split(",") == list(told)


@pytest.mark.parametrize(
    ("name", "forms"),
    [("school.toml", (SchoolFile, GateEntry, ClassEntry)), ("schedule.toml", (ScheduleFile, ShiftEntry, ClosureEntry))],
)
def test_an_example_shows_all_that_its_file_may_say(name: str, forms: tuple[type[msgspec.Struct], ...]) -> None:
    fields = [field.name for form in forms for field in msgspec.structs.fields(form)]

    assert [field for field in fields if not re.search(rf"\b{field}( =|\]\])", example(name))] == []


def test_the_guide_has_every_signal_state_and_reason_as_it_is_shown() -> None:
    assert [row[0] for row in table("At the gate")] == [signal.value for signal in Signal]
    gates = {state: re.split(":| since", said)[0] for state, said, _ in table("Gates on the dashboard")}
    assert gates == {state.name: ENGLISH.gate_state(state) for state in GateState}
    reasons = {name: said for name, said, _ in table("Marks")}
    assert reasons == {reason.name: ENGLISH.reason(reason) for reason in Reason}
    states = {name: said.partition(";")[0] for name, said, _ in table("Messages")}
    assert states == {state.name: ENGLISH.notice_state(state, is_preview=False) for state in NotificationState}


def test_the_guide_has_every_alarm() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "collector").rglob("*.py"))
    raised = set(re.findall(r'raise_alarm\(\s*session,\s*"(\w+)"', code))
    told = {kind for kind, _, _ in table("Alarms for the technician")}

    assert raised <= told
    assert [kind for kind in told if f'"{kind}"' not in code] == []


def test_the_scene_of_the_guide_can_be_played(tmp_path: Path) -> None:
    scene = tmp_path / "front.jsonl"
    scene.write_text(example("front.jsonl"), encoding="utf-8")

    assert all(card_of(line.card or "") for line in read_script(scene))
    named = re.search(r"`view` is (.+)\.", section("8. Rehearse a morning"))
    assert named
    assert re.findall(r"`(\w+)`", named[1]) == list(VIEWS)


class Operator:
    """Follows the guide line by line in a folder, with a collector that is really served."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.here, self._stack, self._address = folder, stack, ADDRESS
        self.outputs: dict[str, Result] = {}

    def type(self, words: list[str]) -> None:
        """Do what one line says."""
        match words:
            case ["cd", folder]:
                self.here = (self.here / folder).resolve()
                os.chdir(self.here)
            case ["touch", name]:
                (self.here / name).touch()
            case ["cp", "-a", source, target]:
                shutil.copytree(self.here / source, self.here / target)
            case ["salagate-collector", "serve", "--embedded", *config]:
                self._serve(Path(config[-1]) if config else self.here / "collector.toml")
            case ["salagate-edge", "run", *_]:
                return
            case [program, *rest] if program in PROGRAMS:
                self._run(program, rest)
            case _:
                assert words[0] in {"python3", "export"} or words[0].endswith("bin/pip"), words

    def _serve(self, config: Path) -> None:
        settings = read_settings(config)
        database = Database(settings.database_url)
        self._stack.callback(database.close)
        self._address = self._stack.enter_context(served(database, settings, make_clock(None)))

    def _run(self, program: str, words: list[str]) -> None:
        words = [self._address if word == ADDRESS else word for word in words]
        done = CliRunner().invoke(PROGRAMS[program], words, input=f"{PASSWORD}\n")
        failures = 1 if words[0] == "selftest" else 0
        assert done.exit_code == failures, f"{program} {' '.join(words)}: {done.output}"
        self.outputs[" ".join([program, *words[:2]])] = done


def test_the_guide_can_be_followed_from_the_first_line_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        operator = Operator(tmp_path, stack)
        for words in typed_lines(GUIDE):
            operator.type(words)
            if words[0] == "cd" and words[1] == "school":
                for name in ("school.toml", "schedule.toml", "roster.csv"):
                    (operator.here / name).write_text(example(name), encoding="utf-8")

    said = {command: done.output for command, done in operator.outputs.items()}
    assert "5 new, 0 moved, 0 changed, 0 unchanged." in GUIDE.read_text("utf-8")
    assert said["salagate-collector school roster"] == "5 new, 0 moved, 0 changed, 0 unchanged.\n"
    assert said["salagate-edge selftest --config"].count("ok      ") >= 3
    assert "pv-front" in said["salagate-collector kiosk list"]


def test_the_lines_of_a_rehearsal_suit_both_programs(tmp_path: Path) -> None:
    simulation = example("simulation")
    collector, kiosk = tmp_path / "collector.toml", tmp_path / "kiosk.toml"
    collector.write_text(f'data_folder = "."\ncard_key_file = "card.key"\n{simulation}', encoding="utf-8")
    kiosk.write_text(
        'kiosk_id = "pv-front"\nlane = "IN"\ndata_folder = "."\ncollector_url = "http://127.0.0.1:8080"\n'
        f'[broker]\nhost = "127.0.0.1"\nport = 1883\n[camera]\nsource = "scene:front.jsonl"\n{simulation}',
        encoding="utf-8",
    )

    assert read_settings(collector).clock.simulation == read_kiosk(kiosk).clock.simulation
