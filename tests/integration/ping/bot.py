"""The product's own bot with one kind of operation and one command more; runs as a script."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path


def main() -> None:
    sys.path[0] = str(Path(__file__).parents[3])  # in place of this folder
    from tests.guard import watch_bot  # noqa: PLC0415 - found from here on

    watch_bot()
    from bot import logging as log_lines  # noqa: PLC0415 - under the guard from its first import
    from bot.app import build  # noqa: PLC0415
    from bot.serving import serve  # noqa: PLC0415
    from bot.settings import Settings  # noqa: PLC0415
    from services.kinds import Kinds  # noqa: PLC0415
    from services.workflows.kinds import KINDS  # noqa: PLC0415
    from tests.integration.ping.kind import COMMAND, KIND  # noqa: PLC0415

    settings = Settings.read(Path(".env"))
    log_lines.configure(settings.aml_bot_log_level, settings.aml_bot_log_format, settings.secrets())
    kinds, commands = Kinds(*KINDS.values(), KIND), {"ping": COMMAND}
    made = partial(build, kinds=kinds, commands=commands)
    serve(settings, mode="socket", host="127.0.0.1", port=None, build=made)


if __name__ == "__main__":
    main()
