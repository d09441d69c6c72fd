"""`aicontext mcp`: the MCP server, for tools that ask for context."""

from __future__ import annotations

import click

from aicontext.wiring import serving


@click.command()
@click.option("--http", "port", type=click.IntRange(1, 65535), help="Serve /mcp on this port.")
def mcp(port: int | None) -> None:
    """Serve context to AI tools by the Model Context Protocol.

    It goes over standard input and output. With --http it is served on 127.0.0.1 to any number of
    tools. Tools are connected by `aicontext connect TOOL --via mcp`.
    """
    if port:
        click.echo(f"http://127.0.0.1:{port}/mcp; Ctrl-C ends it.", err=True)
    serving.serve_mcp(port)
