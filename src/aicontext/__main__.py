"""`python -m aicontext` and the `aicontext` command."""


def main() -> None:
    """Run the command line."""


if __name__ == "__main__":
    main()
