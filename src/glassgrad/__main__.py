"""``python -m glassgrad``: the command."""

from .viz.command.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
