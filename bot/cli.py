"""The command line: words to one function, and every problem to a line on stderr and exit 2."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bot import logging as log_lines, manifest
from bot.settings import ConfigurationError, Settings
from services.loading import loading

if TYPE_CHECKING:
    from bot.sandbox import Sandbox

BAD_USAGE = 2
PAGE_PORT = 4500
HTTP_PORT = 3000
SANDBOX_PACKAGES = ("aiohttp", "certifi", "numpy", "onnxruntime", "tokenizers", "trustme")
# Never by the name alone: no package index has it, so whoever takes it there would be run.
SANDBOX_EXTRA = 'python -m pip install -e ".[sandbox]"'
NO_PACKAGE = "The sandbox needs the package {package}. Type in the folder of aml-bot: {command}"
NOT_STARTED = "The sandbox did not start: {reason}."
KEPT, NOT_KEPT = "Everything is kept in {folder}.", "Nothing is kept."
WELCOME = """\
The sandbox is ready: {page}
Type there: /aml search clip
One simulated minute takes {seconds:.3g} s. {kept} Ctrl-C ends it."""


def run_command_line(words: Sequence[str]) -> int:
    """Carry out one command line; the answer is the exit code."""
    try:
        arguments = _parser().parse_args(list(words) or [_default_command()])
        code: int = arguments.run(arguments)
    except ConfigurationError as error:
        _tell(error)
        return BAD_USAGE
    return code


def _tell(error: ConfigurationError) -> None:
    for problem in error.problems:
        line = " ".join(problem.split())
        print(f"aml-bot: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the command line's voice


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is for `--help`."""

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError((f"{message}. See {self.prog} --help.",))


def _for_this_user_only() -> None:
    """Let nobody else of this machine read the files that are made from now on."""
    os.umask(0o077)


def _default_command() -> str:
    return "run" if Settings.read(Path(".env")).has_slack() else "sandbox"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="aml-bot", description="Azure Machine Learning's model catalog in Slack.")
    commands = parser.add_subparsers(required=True, metavar="run | sandbox | doctor | manifest")

    run = commands.add_parser("run", help="run the bot (settings from the environment or .env)")
    run.add_argument("--mode", choices=("socket", "http"))
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=_port)
    run.set_defaults(run=_run)

    sandbox = commands.add_parser("sandbox", help="try it: no account, no internet")
    sandbox.add_argument("do", nargs="?", choices=("fetch-clip",), help="fetch the CLIP weights")
    sandbox.add_argument("--port", type=_port, default=PAGE_PORT, help="of the page; 0 = free")
    sandbox.add_argument("--speed", type=_speed, default=60.0, help="simulated seconds a second")
    sandbox.add_argument("--data", type=Path, help="a folder that keeps everything")
    sandbox.add_argument("--no-browser", action="store_true")
    sandbox.add_argument("--without-bot", action="store_true")
    sandbox.add_argument("--json", action="store_true", help="one line of JSON once ready")
    sandbox.add_argument("--allow-host", action="append", default=[], metavar="NAME")
    sandbox.set_defaults(run=_sandbox)

    doctor = commands.add_parser("doctor", help="check every setting, token, scope and address")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(run=_doctor)

    printed = commands.add_parser("manifest", help="print the Slack app manifest")
    printed.add_argument("--mode", choices=("socket", "http"), default="socket")
    printed.add_argument("--url", help="with --mode http: where Slack reaches the bot")
    printed.set_defaults(run=_manifest)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the range of ports
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 100_000:  # noqa: PLR2004 - faster, and clocks lose their digits
        raise argparse.ArgumentTypeError("speed is a number above 0, at most 100000")
    return speed


def _run(arguments: argparse.Namespace) -> int:
    _for_this_user_only()
    settings = Settings.read(Path(".env"))
    mode = arguments.mode or ("socket" if settings.slack_app_token else "http")
    _check_slack(settings, mode)
    log_lines.configure(settings.aml_bot_log_level, settings.aml_bot_log_format, settings.secrets())
    with loading():
        from bot.serving import serve  # noqa: PLC0415 - wrong settings are told before that

    port = HTTP_PORT if mode == "http" and arguments.port is None else arguments.port
    try:
        serve(settings, mode=mode, host=arguments.host, port=port)
    except ConfigurationError as error:
        _tell(error)
        os._exit(BAD_USAGE)  # threads that run already may wait on long time-outs of their own
    return 0


def _check_slack(settings: Settings, mode: str) -> None:
    problems = []
    if settings.slack_bot_token is None:
        problems.append(
            "SLACK_BOT_TOKEN: not set. Create the app from `aml-bot manifest`, install it, and copy"
            " its bot token (xoxb-…). To try without Slack: aml-bot sandbox."
        )
    if mode == "socket" and settings.slack_app_token is None:
        problems.append(
            "SLACK_APP_TOKEN: not set. Socket Mode needs an app token (xapp-…) with"
            " connections:write; for HTTP mode say --mode http."
        )
    if mode == "http" and settings.slack_signing_secret is None:
        problems.append(
            "SLACK_SIGNING_SECRET: not set. HTTP mode checks Slack's signature with it; it is on"
            " the app's Basic Information page."
        )
    if problems:
        raise ConfigurationError(tuple(problems))


def _sandbox(arguments: argparse.Namespace) -> int:
    _for_this_user_only()
    try:
        _check_extra()
        with loading():
            from bot.sandbox import Sandbox, UnusableError  # noqa: PLC0415 - needs the extra
            from bot.sandbox.scoring.fetch import fetch_clip  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            (NO_PACKAGE.format(package=error.name, command=SANDBOX_EXTRA),)
        ) from None
    if arguments.do == "fetch-clip":
        return _fetch(fetch_clip)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _end_on_signals()
    data = resources.files("services") / "data"
    try:
        sandbox = Sandbox(
            catalog=Path(str(data / "catalog.jsonl")),
            sizes=Path(str(data / "sizes.jsonl")),
            hub=Path(str(data / "hub.jsonl")),
            manifest=manifest.manifest(),
            bot=None if arguments.without_bot else (sys.executable, "-m", "bot", "run"),
            port=arguments.port,
            speed=arguments.speed,
            data=arguments.data,
            allow_hosts=arguments.allow_host,
        )
    except UnusableError as error:
        raise ConfigurationError((str(error),)) from None
    return _serve_sandbox(sandbox, arguments)


def _check_extra() -> None:
    """Some packages are needed only when a picture is classified, which is late to hear of it."""
    for name in SANDBOX_PACKAGES:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _end_on_signals() -> None:
    """End with 0 on the first SIGTERM or Ctrl-C, wherever we are; further ones change nothing."""

    def end(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _fetch(fetch_clip: Callable[[], str]) -> int:
    try:
        print(fetch_clip())  # noqa: T201 - the command line's voice
    except RuntimeError as error:
        raise ConfigurationError((str(error),)) from None
    return 0


def _serve_sandbox(sandbox: Sandbox, arguments: argparse.Namespace) -> int:
    try:
        sandbox.start()
        if arguments.json:
            print(json.dumps(sandbox.description()), flush=True)  # noqa: T201
        else:
            _welcome(sandbox.page, arguments)
        if not arguments.no_browser and not arguments.json:
            webbrowser.open(sandbox.page)
        threading.Event().wait()  # until a signal
    except RuntimeError as error:
        raise ConfigurationError((NOT_STARTED.format(reason=error),)) from None
    finally:
        sandbox.stop()
    return 0


def _welcome(page: str, arguments: argparse.Namespace) -> None:
    kept = KEPT.format(folder=arguments.data) if arguments.data else NOT_KEPT
    text = WELCOME.format(page=page, seconds=60 / arguments.speed, kept=kept)
    print(text, flush=True)  # noqa: T201 - the command line's voice


def _doctor(arguments: argparse.Namespace) -> int:
    from bot.doctor import examine  # noqa: PLC0415 - heavy imports for one command

    _for_this_user_only()  # it may be the first to make the databases
    return examine(Settings.read(Path(".env")), as_json=arguments.json)


def _manifest(arguments: argparse.Namespace) -> int:
    if arguments.mode == "http" and not (arguments.url or "").startswith("https://"):
        raise ConfigurationError(("With --mode http say where: --url https://bot.example.org",))
    if arguments.mode == "socket" and arguments.url:
        raise ConfigurationError(("--url belongs to HTTP mode: say --mode http as well.",))
    wanted = manifest.for_http(arguments.url) if arguments.mode == "http" else manifest.manifest()
    print(manifest.as_yaml(wanted), end="")  # noqa: T201 - its purpose
    return 0
