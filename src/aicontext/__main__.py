"""`python -m aicontext` and the `aicontext` command."""

import gc


def main() -> None:
    # What modules make stays: to look there for cycles takes a twentieth of a start. The group has
    # it done when the command is there.
    gc.disable()
    from aicontext.entrypoints.cli.app import main as command

    command()


if __name__ == "__main__":
    main()
