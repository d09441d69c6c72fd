"""`aicontext login` and `logout`: at a server, by a code that is typed in a browser."""

from __future__ import annotations

import json

import click

from aicontext.wiring.platform.logins import logging_in

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON lines, for programs.")


@click.command()
@click.argument("url", default="")
@click.option("--show-token", is_flag=True, help="Only print a token that is good now.")
@_JSON
def login(url: str, show_token: bool, as_json: bool) -> None:
    """Sign in at the server at URL.

    Shows a code, which you type in a browser, on this machine or another. What comes of it is kept
    in a file that only you can read. --show-token prints an access token for other programs, of the
    only server if URL is left out, and renews it where that is due.
    """
    service = logging_in()
    if show_token:
        token = service.token(url)
        click.echo(json.dumps({"token": token}) if as_json else token)
        return
    if not url:
        raise click.UsageError("Missing argument 'URL'.")
    begun = service.begin(url)
    if as_json:
        told = {"verification_uri": begun.page, "user_code": begun.user_code}
        click.echo(json.dumps(told))
    else:
        click.echo(f"Open {begun.page} and type {click.style(begun.user_code, bold=True)}")
        click.echo(f"or open {begun.page_with_code}")
    service.finish(url, begun)
    click.echo(json.dumps({"login": url}) if as_json else "You are signed in.")


@click.command()
@click.argument("url", default="")
@_JSON
def logout(url: str, as_json: bool) -> None:
    """End the sign-in at URL, or at the only server."""
    found = logging_in().out(url)
    click.echo(json.dumps({"logout": found}) if as_json else f"Signed out of {found}.")
