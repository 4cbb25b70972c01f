"""The whole collector as an operator starts and ends it: the installed console script, in a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import httpx
import pytest

from collector.bootstrap import serve_embedded
from collector.cards.sealing import make_key_file
from collector.db import Database
from collector.errors import SettingsError
from collector.models import NotificationState, Role
from collector.models.opening import open_database
from collector.settings import Settings
from tests.simulation.decided_school import DecidedSchool, make_decided_school
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import Program, free_port
from tests.simulation.recorded_kiosk import after
from tests.simulation.served_collector import employ, signed_in
from tests.simulation.telegram_server import TelegramServer

SETTINGS = """
data_folder = "."
card_key_file = "card.key"
port = {port}
broker = {{ port = {broker_port} }}
notify = {{ telegram_token_file = "token", telegram_base_url = "{telegram}" }}
clock = {{ simulation = {{ start = {start}, started_at = {started_at} }} }}
"""
PATIENCE_SECONDS = 8.0


class Machine:
    """A folder with a collector's settings, and ports that nobody else has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.broker_port = free_port(), free_port()
        make_key_file(folder / "card.key")
        (folder / "token").write_text("123:token", encoding="ascii")
        self.write("http://127.0.0.1:1/bot")
        self.collector = Program(folder / "log", "salagate-collector", "serve", "--embedded", "--config", self.config)

    @property
    def config(self) -> Path:
        return self.folder / "collector.toml"

    def write(self, telegram: str) -> None:
        now = datetime.now(UTC).isoformat()
        self.config.write_text(
            SETTINGS.format(
                port=self.port, broker_port=self.broker_port, telegram=telegram, start=after(13).isoformat(),
                started_at=now,
            ),
            encoding="utf-8",
        )  # fmt: skip

    def start(self) -> str:
        """Start the collector; return the address of its pages once they answer."""
        self.collector.start()
        self.collector.wait_for_port(self.broker_port)
        address = f"http://127.0.0.1:{self.port}"
        with httpx.Client(timeout=PATIENCE_SECONDS) as http:
            assert http.get(f"{address}/healthz").json()["status"] == "ok"
        return address

    def database(self) -> Database:
        """Open the collector's database beside it."""
        return open_database(f"sqlite:///{self.folder / 'collector.sqlite'}", after(0))

    def complaint(self) -> tuple[int, str]:
        """Start a collector that cannot run; return its status and what it says."""
        script = Path(sys.executable).parent / "salagate-collector"
        done = subprocess.run(
            [script, "serve", "--embedded", "--config", self.config],
            capture_output=True, text=True, check=False, timeout=15,
        )  # fmt: skip
        return done.returncode, done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.collector.kill()


@pytest.mark.parametrize(
    ("taken", "status", "what_to_do"),
    [
        ("port", 2, "stop the program that holds it or set another port in collector.toml."),
        ("broker_port", 1, "stop the program that holds it or set another port for the broker in collector.toml."),
    ],
)
def test_a_port_in_use_is_told_in_one_sentence(machine: Machine, taken: str, status: int, what_to_do: str) -> None:
    port = getattr(machine, taken)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        said = machine.complaint()

    assert said == (status, f"Port {port} of 127.0.0.1 is in use: {what_to_do}\n")


def test_only_this_machine_is_served(tmp_path: Path) -> None:
    settings = Settings(data_folder=str(tmp_path), card_key_file="none", host="0.0.0.0")  # noqa: S104 - refused

    with pytest.raises(
        SettingsError, match=r"serves this machine only: set host in collector\.toml to 127\.0\.0\.1\.$"
    ):
        serve_embedded(settings)


def test_the_broker_listens_on_this_machine_only(machine: Machine) -> None:
    text = machine.config.read_text(encoding="utf-8")
    machine.config.write_text(text.replace("broker = {", 'broker = { host = "0.0.0.0",'), encoding="utf-8")
    status, said = machine.complaint()

    assert status == 1
    assert said.startswith("The embedded broker has no access list and listens on 127.0.0.1 only, not on 0.0.0.0")
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", ["", "123:to\nken"])
def test_a_token_file_without_a_token_is_told_in_one_sentence(machine: Machine, content: str) -> None:
    token = machine.folder / "token"
    token.write_text(content, encoding="ascii")

    told = f"The file {token} does not hold a Telegram bot's token: write it there as its only line.\n"
    assert machine.complaint() == (2, told)


def test_a_missing_card_key_is_told_and_stops_nothing_but_printing(machine: Machine) -> None:
    key = machine.folder / "card.key"
    key.unlink()
    machine.start()

    said = [line for line in machine.collector.last_words().splitlines() if "card key" in line]
    assert len(said) == 1
    assert said[0].endswith(
        f"The card key file {key} cannot be read: No such file or directory."
        " Until it is back no card can be printed; all else goes on."
    )


def test_sigterm_ends_it_within_three_seconds_though_a_page_is_open(machine: Machine) -> None:
    with closing(machine.database()) as database:
        school = make_decided_school(database, ManualClock()).school
        employ(database, "operator", Role.OPERATOR, school.school_id)
    address = machine.start()
    with signed_in(address, "operator") as http, http.stream("GET", f"/schools/{school.school_id}/live") as page:
        events = page.iter_lines()
        assert page.status_code == httpx.codes.OK
        assert next(events)
        machine.collector.tell_to_stop()
        status = machine.collector.wait(3.0)

    assert status == 0
    assert "Traceback" not in machine.collector.last_words()


def test_a_message_that_is_on_its_way_is_settled_before_the_end_and_not_sent_twice(machine: Machine) -> None:
    with closing(machine.database()) as database:
        school = make_decided_school(database, ManualClock())
        absent = _one_absence_owed(school)
    with TelegramServer() as telegram:
        telegram.take_its_time()
        machine.write(telegram.base_url)
        machine.start()
        _become(lambda: len(telegram.delivered) == 1)
        machine.collector.tell_to_stop()
        _become(lambda: "Finished server process" in machine.collector.last_words())
        telegram.answer_at_last()
        status = machine.collector.wait()

    with closing(machine.database()) as database:
        school.database = database
        states = [message.state for message in school.messages(absent)]
    assert (status, states) == (0, [NotificationState.SENT])


def _one_absence_owed(school: DecidedSchool) -> int:
    """Let a morning be decided whose one absence notice waits for the dispatcher; return its student."""
    absent = school.students[0]
    school.everyone_but(absent)
    school.front.work_through(after(12.5))
    school.back.work_through(after(12.5))
    school.settle(after(12.8))
    assert school.told(absent) == [("ABSENT", NotificationState.QUEUED)]
    return absent


def _become(is_so: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        if is_so():
            return
        Event().wait(0.02)
    pytest.fail("it never became so")
