"""A technician commissions a kiosk at a real collector, over real HTTP; what goes wrong is told in one sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from collector.db import Database
from collector.models import AuditEntry, Base, Kiosk, Login, Role
from edge.settings import read
from provisioning.__main__ import app
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port
from tests.simulation.served_collector import PASSWORD, employ, served, settings_in, signed_in
from tests.simulation.small_school import store_school
from wire.messages import Lane


class Technician:
    """Types commands against one collector and keeps files in one folder."""

    def __init__(self, address: str, folder: Path, database: Database) -> None:
        self.address, self.out, self.database = address, folder / "kiosk.toml", database

    def commission(self, *more: str, kiosk: str = "kl-front-1", password: str = PASSWORD, **options: str) -> Result:
        """Commission a kiosk at gate 1, unless an option says otherwise."""
        usual = {"collector": self.address, "school": "PV-1", "gate": "1", "login": "dara", "out": str(self.out)}
        words = [word for name, value in {**usual, **options}.items() for word in (f"--{name}", value)]
        return CliRunner().invoke(app, ["kiosk", "commission", kiosk, *words, *more], input=f"{password}\n")

    def listing(self) -> Result:
        """List the kiosks."""
        words = ["--collector", self.address, "--school", "PV-1", "--login", "dara"]
        return CliRunner().invoke(app, ["kiosk", "list", *words], input=f"{PASSWORD}\n")

    def kiosks(self) -> list[tuple[str, int]]:
        """Return what the collector's table says."""
        with self.database.reading() as session:
            return [(kiosk.id, kiosk.lane) for kiosk in session.scalars(select(Kiosk).order_by(Kiosk.id))]


@pytest.fixture
def technician(tmp_path: Path) -> Iterator[Technician]:
    """A technician before a collector with a school of two gates, its operator Dara and a teacher."""
    database = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    database.create_tables(Base.metadata)
    school = store_school(database, gates=2)
    employ(database, "dara", Role.OPERATOR, school.school_id)
    employ(database, "sreymom", Role.TEACHER, school.school_id)
    with served(database, settings_in(tmp_path), ManualClock()) as address:
        yield Technician(address, tmp_path, database)
    database.close()


def sentence(result: Result, status: int) -> str:
    """Return the one sentence of a failure."""
    assert (result.exit_code, result.stdout) == (status, "")
    said = result.stderr.strip()
    assert said
    assert "\n" not in said
    assert "Traceback" not in said
    return said


def test_a_commissioned_kiosk_is_known_to_the_collector_and_has_its_settings(technician: Technician) -> None:
    result = technician.commission("--lane", "both", "--broker-port", "1884", "--data-folder", "outbox")

    assert result.exit_code == 0, result.stderr
    assert technician.kiosks() == [("kl-front-1", Lane.BOTH)]
    settings = read(technician.out)
    assert (settings.kiosk_id, settings.lane) == ("kl-front-1", "BOTH")
    assert (settings.collector_url, settings.broker.host) == (technician.address, "127.0.0.1")
    assert settings.broker.port == 1884
    assert Path(settings.data_folder) == technician.out.parent / "outbox"


def test_it_is_on_record_who_did_it_and_the_login_is_ended(technician: Technician) -> None:
    technician.commission()

    with technician.database.reading() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        assert acts == ["SIGNED_IN", "KIOSK_COMMISSIONED", "SIGNED_OUT"]
        assert session.scalars(select(Login)).all() == []


def test_the_same_command_again_only_writes_a_lost_file_anew(technician: Technician) -> None:
    technician.commission()
    technician.out.unlink()

    assert technician.commission().exit_code == 0
    assert len(technician.kiosks()) == 1
    assert read(technician.out).kiosk_id == "kl-front-1"


def test_kiosks_are_listed_with_their_gates(technician: Technician) -> None:
    technician.commission()
    technician.out.unlink()
    technician.commission(kiosk="kl-back-1", gate="2", lane="OUT")

    lines = technician.listing().stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["kl-front-1", "gate", "1,", "IN:", "never", "heard"],
        ["kl-back-1", "gate", "2,", "OUT:", "never", "heard"],
    ]


def test_a_wrong_password_is_told(technician: Technician) -> None:
    said = sentence(technician.commission(password="wrong-password"), 1)

    assert said == "The collector does not let dara in: the name or the password is wrong."
    assert technician.kiosks() == []


def test_too_many_wrong_passwords_are_told(technician: Technician) -> None:
    for _ in range(3):
        technician.commission(password="wrong-password")

    assert "was tried too often" in sentence(technician.commission(), 1)


def test_no_password_is_told(technician: Technician) -> None:
    assert "No password came on the standard input for dara" in sentence(technician.commission(password=""), 2)


def test_an_unknown_gate_is_told_with_those_there_are(technician: Technician) -> None:
    said = sentence(technician.commission(gate="9"), 2)

    assert said == "There is no gate '9' at High School (PV-1); it has 1, 2."
    assert not technician.out.exists()


def test_an_unknown_school_is_told(technician: Technician) -> None:
    said = sentence(technician.commission(school="99/x"), 1)

    assert said.startswith("The collector refuses: ")
    assert technician.kiosks() == []


def test_who_is_no_operator_is_told(technician: Technician) -> None:
    said = sentence(technician.commission(login="sreymom"), 1)

    assert said == "The collector refuses: Only the school's operator commissions kiosks."
    assert technician.kiosks() == []


def test_a_kiosk_that_is_elsewhere_is_told(technician: Technician) -> None:
    technician.commission()
    technician.out.unlink()

    assert "is commissioned elsewhere or ended" in sentence(technician.commission(gate="2"), 1)
    assert not technician.out.exists()


def test_a_collector_that_is_away_is_told(technician: Technician) -> None:
    said = sentence(technician.commission(collector=f"http://127.0.0.1:{free_port()}"), 1)

    assert "does not answer" in said
    assert "is it running" in said


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://collector.example:8080", "would carry the password for everybody to read: use https"),
        ("127.0.0.1:8080", "is no address of a collector"),
        ("ftp://127.0.0.1", "is no address of a collector"),
        ("http://[::1", "is no address of a collector"),
        ("http://127.0.0.1:99999", "is no address of a collector"),
    ],
)
def test_a_wrong_address_is_told_before_a_password_is_sent(technician: Technician, address: str, told: str) -> None:
    assert told in sentence(technician.commission(collector=address), 2)


def test_an_existing_file_is_left_alone(technician: Technician) -> None:
    technician.out.write_text("mine")

    assert "kiosk.toml is there already" in sentence(technician.commission(), 2)
    assert technician.out.read_text() == "mine"
    assert technician.kiosks() == []


def test_a_folder_that_is_not_there_is_told(technician: Technician) -> None:
    out = technician.out.parent / "none" / "kiosk.toml"

    assert "There is no folder" in sentence(technician.commission(out=str(out)), 2)


def test_a_wrong_kiosk_id_is_told(technician: Technician) -> None:
    assert "is no kiosk id" in sentence(technician.commission(kiosk="Front 1"), 2)


@pytest.mark.parametrize("kiosk_id", ["\ud800", "a\0b", "", "x" * 40_000])
def test_an_id_that_no_database_can_hold_is_told_by_the_collector(technician: Technician, kiosk_id: str) -> None:
    with signed_in(technician.address, "dara") as http:
        school = http.get("/schools/by-code/PV-1")
        answer = http.post(
            f"/schools/{school.json()['id']}/kiosks",
            content=json.dumps({"kiosk_id": kiosk_id, "gate": "1", "lane": "IN"}),
            headers={"X-CSRF-Token": school.headers["X-CSRF-Token"], "Content-Type": "application/json"},
        )

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert technician.kiosks() == []
