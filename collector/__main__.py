"""`salagate-collector`: the words that start the collector and set schools up."""

import logging
import sys
from typing import Annotated

import typer

from collector.commands import alarm, cards, kiosk, school, staff
from collector.commands.context import DEFAULT_CONFIG, ConfigOption, one_sentence
from collector.commands.init import init
from collector.settings import read_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The province's collector: takes check-ins from kiosks, decides attendance, tells guardians.",
)
app.command()(init)
app.add_typer(school.app, name="school")
app.add_typer(cards.app, name="cards")
app.add_typer(kiosk.app, name="kiosk")
app.add_typer(staff.app, name="staff")
app.add_typer(alarm.app, name="alarm")


@app.command()
def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="One process with its own broker, for this machine only.")
    ] = False,
) -> None:
    """Run the collector until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with one_sentence():
        settings = read_settings(config)
        if not embedded:
            print("Only the embedded form is built yet: type `serve --embedded`.", file=sys.stderr)  # noqa: T201
            raise typer.Exit(2)
        from collector.bootstrap import serve_embedded  # noqa: PLC0415 - only a server needs what a server needs

        serve_embedded(settings)


def main() -> None:
    """Enter from the console script."""
    app()


if __name__ == "__main__":
    main()
