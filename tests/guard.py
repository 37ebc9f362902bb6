"""Nothing but this machine is contacted: an audit hook that says no to every other address.

Run as a script it is `aml-bot` under that guard; what it refused is written beside the bot's data.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable
from pathlib import Path

REFUSED = "contacted.txt"
LOCAL_NAMES = frozenset({"localhost", "", None})


def is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def watch(report: Callable[[str], None]) -> None:
    """Refuse every connection and name look-up that leaves this machine, and report it."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event == "socket.getaddrinfo":
            host = arguments[0]
        else:
            return
        if not is_local(host):
            report(f"{event} {host!r}")
            raise OSError(f"tests stay on this machine: {host!r}")

    sys.addaudithook(hook)


def watch_bot() -> None:
    """Watch this process, which is a bot, and write what was refused beside its data."""
    folder = Path(os.environ["AML_BOT_DATA_DIR"])

    def report(line: str) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / REFUSED).open("a") as refused:
            refused.write(line + "\n")

    watch(report)


def main() -> None:
    root = Path(__file__).parents[1]
    sys.path.insert(0, str(root))
    watch_bot()
    from bot.__main__ import main as run  # noqa: PLC0415 - under the guard from its first import

    run()


if __name__ == "__main__":
    main()
