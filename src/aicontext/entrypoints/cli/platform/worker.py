"""`aicontext worker`: what works behind the services that are called."""

from __future__ import annotations

import json

import click

from aicontext.wiring import serving


@click.command()
@click.option("--services", default="", metavar="NAMES", help="Which, with commas between.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, for programs.")
def worker(services: str, as_json: bool) -> None:
    """Run the services that nobody calls: webhooks, relay, ingest.

    webhooks delivers messages to others, relay brings what the records' transactions tell onto the
    bus, ingest brings usage events from the bus into their store. As many may run as there is work
    for. Ctrl-C ends them once what they are at is done; a second one cuts it off, and it is done
    again by the next.
    """
    names = [name.strip() for name in services.split(",") if name.strip()]
    serving.serve(names or serving.WORKERS, {}, _Told(as_json))


class _Told:
    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def ready(self, service: str, address: str) -> None:
        click.echo(json.dumps({service: address}) if self._as_json else f"{service}: {address}")

    def draining(self) -> None:
        click.echo("Ending once what is under way is done; Ctrl-C again cuts it off.", err=True)
