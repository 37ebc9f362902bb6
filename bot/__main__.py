"""`python -m bot` and the `aml-bot` script."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # as a shell says it


def main() -> None:
    try:
        from bot.cli import run_command_line  # noqa: PLC0415 - Ctrl-C may come while it is read

        sys.exit(run_command_line(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
