"""`python -m aicontext` and the `aicontext` command."""

from aicontext.entrypoints.cli.app import main

if __name__ == "__main__":
    main()
