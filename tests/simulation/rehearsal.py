"""Sets a school up and runs its programs, exactly as people would: files, console scripts, a browser.

A `Rehearsal` owns one folder with everything in it: settings, databases, logs. It knows how to start, kill and stop
each program; what happens when is its caller's matter.
"""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.simulation import school
from tests.simulation.network import Link
from tests.simulation.programs import Program, ProgramFailedError, free_port, run
from tests.simulation.register import Register
from tests.simulation.script import TEACHERS_CLASS, Cards, Day, old_card_student, simulation, write_day, write_scenes
from tests.simulation.teacher import Teacher
from wire.clock import SimulatedClock, Simulation

WANTED_PORT = 8080
_NO_ANSWER = ("idle", "blind")
_SETTING_UP = timedelta(minutes=10)
"""While the school is set up its clock stands so many real seconds before 06:40."""


class Person(NamedTuple):
    """Somebody who signs in."""

    login_name: str
    password: str
    name: str
    role: str


TEACHER = Person("sreymom", "rice-and-fish", "Sok Sreymom", "TEACHER")
OPERATOR = Person("dara", "lotus-and-rain", "Chea Dara", "OPERATOR")


class Light(NamedTuple):
    """What a gate's light said, and when."""

    at: datetime
    signal: str


class Kiosk:
    """One gate's kiosk: its files, its network and its process."""

    def __init__(self, folder: Path, gate: str, broker_port: int, web_port: int) -> None:
        self.gate = gate
        self.name = f"kl-{gate}-1"
        self.camera: dict[str, object] = {"source": "scene:scenes.jsonl", "progress": "camera.json"}
        """Its camera's settings but for the pace."""
        self._folder = folder / self.name
        self._folder.mkdir()
        self.scenes = self._folder / "scenes.jsonl"
        self._links = (Link(broker_port), Link(web_port))
        self._program = Program(
            self._folder / "kiosk.log", "salagate-edge", "run", "--config", self._folder / "kiosk.toml"
        )

    def write_settings(self, clock: Simulation) -> None:
        """Write kiosk.toml."""
        settings = {
            "kiosk_id": self.name,
            "lane": "IN",
            "data_folder": ".",
            "collector_url": f"http://127.0.0.1:{self._links[1].port}",
            "broker": {"host": "127.0.0.1", "port": self._links[0].port, "reconnect_max_seconds": 1.0},
            "camera": self.camera | {"frames_per_second": 25.0},
            "indicator": {"record": "lights.jsonl"},
            "judge": {"repeat_window_seconds": 120.0, "sight_break_seconds": 2.0},
            "board": {"serial": f"board-of-{self.name}"},
            "clock": {"simulation": msgspec.to_builtins(clock, builtin_types=(datetime,))},
        }
        (self._folder / "kiosk.toml").write_bytes(msgspec.toml.encode(settings))

    def start(self) -> None:
        """Power on."""
        self._program.start()

    def kill(self) -> None:
        """Pull the plug of its process."""
        self._program.kill()

    def cut(self) -> None:
        """Take its network away."""
        for link in self._links:
            link.cut()

    def heal(self) -> None:
        """Give its network back."""
        for link in self._links:
            link.heal()

    def close(self) -> None:
        """Power off."""
        self._program.stop()
        for link in self._links:
            link.close()

    def is_running(self) -> bool:
        """Tell whether its process runs."""
        return self._program.is_running()

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._program.last_words()

    @property
    def outbox(self) -> Path:
        """Its outbox file."""
        return self._folder / "outbox.sqlite"

    def lights(self) -> list[Light]:
        """Return what its light said to people, in order, as somebody at the gate would note it."""
        path = self._folder / "lights.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        shown = [Light(datetime.fromisoformat(entry["at"]), entry["signal"]) for entry in map(json.loads, lines)]
        return [light for light in shown if light.signal not in _NO_ANSWER]


class Rehearsal:
    """A school with its collector and a kiosk at each gate, in one folder made anew."""

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._say = folder, say
        self.web_port, self.broker_port = free_port(WANTED_PORT), free_port()
        self.kiosks = {gate: Kiosk(folder, gate, self.broker_port, self.web_port) for gate, _, _ in school.GATES}
        self.pupils = school.pupils()
        self.register = Register(folder / "collector" / "collector.sqlite")
        self._config = folder / "collector" / "collector.toml"
        self._collector = Program(
            folder / "collector.log", "salagate-collector", "serve", "--embedded", "--config", self._config
        )
        self.clock = SimulatedClock(simulation(datetime.now(UTC)))

    @property
    def address(self) -> str:
        """The dashboard's address."""
        return f"http://127.0.0.1:{self.web_port}"

    def set_up(self) -> Day:
        """Set the school up with the collector's own commands; return the day that will be played."""
        self._say("Setting up a collector and the school ...")
        school.write_files(self._folder)
        ports = ("--port", str(self.web_port), "--broker-port", str(self.broker_port))
        run("salagate-collector", "init", self._config.parent, *ports)
        self.set_clock(datetime.now(UTC) + _SETTING_UP)
        self._command("school", "load", self._folder / "school.toml")
        self._command("school", "schedule", self._folder / "schedule.toml", "--school", school.CODE)
        self._command("school", "roster", self._folder / "roster.csv", "--school", school.CODE)
        self._say("Issuing 120 cards and handing them over ...")
        cards = self._issue_cards()
        for kiosk in self.kiosks.values():
            place = ("--gate", kiosk.gate, "--school", school.CODE, "--lane", "IN")
            self._command("kiosk", "commission", kiosk.name, *place)
        self._command("school", "live", "--school", school.CODE)
        self._add_staff(TEACHER, "--class", TEACHERS_CLASS)
        self._add_staff(OPERATOR)
        return write_day(self.pupils, cards)

    def set_clock(self, started_at: datetime) -> None:
        """Give every program the clock whose 06:40 is at this real instant."""
        setting = simulation(started_at)
        self.clock = SimulatedClock(setting)
        text = self._config.read_text(encoding="utf-8").partition("[clock.simulation]")[0]
        builtin = {"clock": {"simulation": msgspec.to_builtins(setting, builtin_types=(datetime,))}}
        self._config.write_text(text + msgspec.toml.encode(builtin).decode(), encoding="utf-8")
        for kiosk in self.kiosks.values():
            kiosk.write_settings(setting)

    def start_collector(self) -> None:
        """Start the collector and wait until pages are served."""
        self._collector.start().wait_for_port(self.web_port)

    def kill_collector(self) -> None:
        """Pull the collector's plug, its broker's with it."""
        self._collector.kill()

    def play(self, day: Day, until: datetime | None = None) -> None:
        """Write each camera's scenes and power the kiosks on."""
        for kiosk in self.kiosks.values():
            write_scenes(day, kiosk.gate, kiosk.scenes, until)
            kiosk.start()

    def teacher(self) -> Teacher:
        """Return the class teacher, signed in."""
        return Teacher(self.address).sign_in(TEACHER.login_name, TEACHER.password)

    def check_running(self) -> None:
        """Raise with its last words when a program has ended."""
        programs: tuple[Kiosk | Program, ...] = (*self.kiosks.values(), self._collector)
        for program in programs:
            if not program.is_running():
                raise ProgramFailedError(f"A program ended by itself: {program.last_words()}")

    def lights(self) -> Counter[str]:
        """Return what the gates' lights said, and how often."""
        return Counter(light.signal for kiosk in self.kiosks.values() for light in kiosk.lights())

    def close(self) -> None:
        """Stop everything."""
        for kiosk in self.kiosks.values():
            kiosk.close()
        self._collector.stop()

    def _issue_cards(self) -> Cards:
        at_school = ("--school", school.CODE)
        lost = old_card_student(self.pupils)
        self._command("cards", "issue", *at_school)
        self._command("cards", "hand-over", *at_school)
        old_number = self._card_numbers()[lost]
        self._command("cards", "reissue", *at_school, "--student", lost)
        return Cards(self._card_numbers(), (lost, old_number))

    def _card_numbers(self) -> dict[str, str]:
        out = self._folder / "cards.csv"
        self._command("cards", "export", "--school", school.CODE, "--out", out)
        with out.open(encoding="utf-8", newline="") as file:
            numbers = {row["student_number"]: row["card_number"] for row in csv.DictReader(file)}
        out.unlink()
        return numbers

    def _add_staff(self, person: Person, *more: str) -> None:
        words = ("--name", person.name, "--role", person.role, "--school", school.CODE, "--language", "en", *more)
        self._command("staff", "add", person.login_name, *words, stdin=f"{person.password}\n")

    def _command(self, *words: str | Path, stdin: str | None = None) -> str:
        return run("salagate-collector", *words, "--config", self._config, stdin=stdin)
