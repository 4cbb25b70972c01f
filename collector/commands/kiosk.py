"""The life of kiosks at the terminal: commissioned at a gate, listed, retired."""

from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import select

from collector.auth.service import audit
from collector.commands.context import DEFAULT_CONFIG, ConfigOption, Context, SchoolOption, collector, say
from collector.fleet import service
from collector.models import Gate, Kiosk, School
from collector.roster.service import gate_by_code, school_by_code
from wire.messages import Lane

app = typer.Typer(no_args_is_help=True, help="Commission, list and retire kiosks.")

KioskArgument = Annotated[str, typer.Argument(metavar="KIOSK", help="The kiosk's id: 3 to 32 of a-z, 0-9, hyphen.")]


class LaneWord(StrEnum):
    """The direction of a place, as it is typed."""

    IN = "IN"
    OUT = "OUT"
    BOTH = "BOTH"


@app.command()
def commission(
    kiosk: KioskArgument,
    gate: Annotated[str, typer.Option("--gate", "-g", help="The gate's code.")],
    school: SchoolOption,
    lane: Annotated[LaneWord, typer.Option("--lane", case_sensitive=False, help="Who passes there.")] = LaneWord.IN,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Put a kiosk at a gate: from now on silence there means something, once the kiosk has told of it."""
    with collector(config) as opened, opened.database.transaction() as session:
        place = gate_by_code(session, school_by_code(session, school).id, gate)
        now = opened.clock.now()
        service.commission(session, kiosk, place, Lane[lane], now)
        audit(session, None, "KIOSK_COMMISSIONED", f"kiosk {kiosk}", now)
        say(f"Kiosk {kiosk} is commissioned at gate {place.code} ({place.name_en}), lane {lane}.")


@app.command("list")
def list_kiosks(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List all kiosks with their gates, and when each was last heard."""
    wanted = (
        select(Kiosk, Gate.code, School.code)
        .join(Gate, Gate.id == Kiosk.gate_id)
        .join(School, School.id == Gate.school_id)
        .order_by(School.code, Gate.code, Kiosk.id)
    )
    with collector(config) as opened, opened.database.reading() as session:
        for kiosk, gate, school in session.execute(wanted):
            say(f"{kiosk.id:<32} school {school}, gate {gate}, {Lane(kiosk.lane).name}: {_state(opened, kiosk)}")


@app.command()
def retire(kiosk: KioskArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take a kiosk out of service from now on; what it recorded before is still taken."""
    with collector(config) as opened, opened.database.transaction() as session:
        now = opened.clock.now()
        service.retire(session, kiosk, now)
        audit(session, None, "KIOSK_RETIRED", f"kiosk {kiosk}", now)
        say(f"Kiosk {kiosk} is retired.")


def _state(opened: Context, kiosk: Kiosk) -> str:
    zone = opened.settings.zone
    if kiosk.retired_at is not None:
        return f"retired {kiosk.retired_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if kiosk.heard_at is None:
        return "never heard"
    return f"{'online' if kiosk.is_online else 'offline'}, last heard {kiosk.heard_at.astimezone(zone):%Y-%m-%d %H:%M}"
