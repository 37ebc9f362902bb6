"""A local Slack, Azure ML and Hugging Face Hub that the real SDKs talk to over HTTP."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.sandbox.azureml import LocalAzure
from bot.sandbox.calls import Calls
from bot.sandbox.certificates import make
from bot.sandbox.child import Child
from bot.sandbox.control import Control
from bot.sandbox.faults import Faults
from bot.sandbox.folder import Folder, UnusableError
from bot.sandbox.hub import LocalHub
from bot.sandbox.scoring import Scorer
from bot.sandbox.server import HOST, Served, Servers, listen, port_of
from bot.sandbox.slack import LocalSlack

PHOTOS = Path(__file__).parent / "photos"
READY_SECONDS = 30.0
PORT_TAKEN = "Port {port} cannot be used ({reason}). Try --port 0 for a free one."


__all__ = ["Sandbox", "UnusableError"]


class Sandbox:
    """The three stand-ins in one thread, and the bot as a child process if asked for.

    Raises:
        UnusableError: the port or the folder cannot be used.

    Args:
        catalog: models (JSON lines) that Azure's registries hold.
        sizes: virtual machine sizes (JSON lines).
        hub: repositories of the Hub (JSON lines).
        manifest: the Slack app manifest that the local Slack enforces.
        bot: the command that runs the bot; None for none.
        port: of the page; 0 for a free one.
        speed: simulated seconds in a real one.
        data: a folder that keeps everything; None for a temporary one, removed at the end.
        allow_hosts: further Host names that the page answers to.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that the command line can say
        self,
        *,
        catalog: Path,
        sizes: Path,
        hub: Path,
        manifest: dict[str, Any],
        bot: tuple[str, ...] | None = None,
        port: int = 0,
        speed: float = 60.0,
        data: Path | None = None,
        allow_hosts: Sequence[str] = (),
    ) -> None:
        page = _listening(port)  # first of all: a taken port must leave nothing behind
        self._folder = Folder(data)
        self.clock = self._folder.clock(speed)
        self.faults = Faults()
        self.calls = Calls()
        self.slack, self.azure, self.hub = self._stand_ins(
            catalog=catalog, sizes=sizes, hub=hub, manifest=manifest, hosts=tuple(allow_hosts)
        )
        self._child = Child(bot, self._folder.path / "empty") if bot else None
        self._servers = Servers()
        self._listeners = (
            page,
            listen(self._folder.port("azure"), or_any=True),
            listen(self._folder.port("hub"), or_any=True),
        )
        self._starting = threading.Lock()

    def start(self) -> None:
        """Serve the stand-ins and start the bot.

        Raises:
            RuntimeError: the bot ended, or did not connect to the local Slack in time.
        """
        page, azure, hub = map(port_of, self._listeners)
        context, self._pem, self._bundle = make(self._folder.path)
        self.page = f"http://{HOST}:{page}"
        self.slack.base_url = self.page
        self.azure.base_url = f"https://{HOST}:{azure}"
        self.hub.base_url = f"http://{HOST}:{hub}"
        control = Control(
            slack=self.slack,
            azure=self.azure,
            hub=self.hub,
            faults=self.faults,
            calls=self.calls,
            clock=self.clock,
            on_bot=self.bot,
            on_clock=self.advance,
            on_reset=self.reset,
        )
        slack_app = self.slack.app()
        slack_app.add_subapp("/control", control.app())
        self._servers.start(
            (
                Served(app=slack_app, listener=self._listeners[0]),
                Served(app=self.azure.app(), listener=self._listeners[1], tls=context),
                Served(app=self.hub.app(), listener=self._listeners[2]),
            )
        )
        self._keep()
        if self._child:
            self.start_bot()

    def stop(self) -> None:
        """End the bot and the servers; a temporary folder goes with them."""
        if self._child:
            self._child.stop()
        self._keep()
        self._servers.stop()
        self._folder.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of the bot; empty values hide the user's own tokens."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": f"{self.page}/api/",
            "AZURE_SUBSCRIPTION_ID": self.azure.subscription_id,
            "AZURE_RESOURCE_GROUP": self.azure.resource_group,
            "AZUREML_WORKSPACE_NAME": self.azure.workspace,
            "AML_BOT_AZURE_URL": self.azure.base_url,
            "AML_BOT_AZURE_TOKEN": self.azure.token,
            "AML_BOT_AZURE_CA": str(self._pem),
            "AML_BOT_CATALOG_URL": self.azure.base_url,
            "AML_BOT_BLOB_URL": self.azure.base_url,
            "HF_ENDPOINT": self.hub.base_url,
            "HF_TOKEN": "",
            "HUGGING_FACE_HUB_TOKEN": "",
            "HF_HOME": str(self._folder.path / "huggingface"),
            "AML_BOT_DATA_DIR": str(self._folder.bot),
            "AML_BOT_DATABASE_URL": "",
            "AML_BOT_OPERATORS": self.slack.operator,
            "AML_BOT_CHANNEL": self.slack.main_channel,
            "AML_BOT_TIME_SCALE": repr(self.clock.speed),
            "AML_BOT_TIME_OFFSET": repr(self.clock.offset),
            "REQUESTS_CA_BUNDLE": str(self._bundle),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    @property
    def control_url(self) -> str:
        return f"{self.page}/control"

    def description(self) -> dict[str, Any]:
        """Return the JSON object that `aml-bot sandbox --json` prints."""
        return {
            "page": self.page,
            "control_url": self.control_url,
            "slack_api_url": f"{self.page}/api/",
            "azure_url": self.azure.base_url,
            "azure_ca": str(self._pem),
            "hub_url": self.hub.base_url,
            "env": self.env,
        }

    def start_bot(self) -> None:
        """Start the child and wait until it has connected.

        Raises:
            RuntimeError: it ended, or did not connect in time.
        """
        if self._child is None:
            raise RuntimeError("this sandbox was started without a bot")
        with self._starting:
            # The socket of a bot that was killed a moment ago may still look alive.
            before = self.slack.sockets_opened if self._child.pid is None else 0
            self._child.start(self.env)
            deadline = time.monotonic() + READY_SECONDS
            while not self.slack.connected(before):
                if self._child.exit_code is not None:
                    raise RuntimeError(f"the bot ended with exit code {self._child.exit_code}")
                if time.monotonic() > deadline:
                    raise RuntimeError("the bot did not connect to the local Slack in time")
                time.sleep(0.02)

    def bot(self, do: str) -> None:
        """`restart`, `kill` (SIGKILL, then started again) or `stop` the child.

        Raises:
            ValueError: another word.
            RuntimeError: there is no child, or it does not come back.
        """
        if self._child is None:
            raise RuntimeError("this sandbox was started without a bot")
        if do not in {"restart", "kill", "stop", "start"}:
            raise ValueError("do must be restart, kill, stop or start")
        if do == "kill":
            self._child.kill()
        elif do in {"restart", "stop"}:
            self._child.stop()
        if do != "stop":
            self.start_bot()

    def advance(self, seconds: float) -> None:
        """Move simulated time on: here at once, in the bot by a restart with the new offset."""
        self.clock.advance(seconds)
        self._keep()
        if self._child and self._child.pid is not None:
            self.bot("restart")

    def reset(self) -> None:
        """Back to the first state, the bot's databases included."""
        if self._child:
            self._child.kill()
        self.faults.clear()
        self._folder.store.clear()
        self.calls.clear()
        for stand_in in (self.slack, self.azure, self.hub):
            stand_in.reset()
        shutil.rmtree(self._folder.bot, ignore_errors=True)
        if self._child:
            self.start_bot()

    @property
    def bot_pid(self) -> int | None:
        return self._child.pid if self._child else None

    def _stand_ins(
        self,
        *,
        catalog: Path,
        sizes: Path,
        hub: Path,
        manifest: dict[str, Any],
        hosts: tuple[str, ...],
    ) -> tuple[LocalSlack, LocalAzure, LocalHub]:
        store, clock, faults, calls = self._folder.store, self.clock, self.faults, self.calls
        slack = LocalSlack(
            store=store,
            clock=clock,
            faults=faults,
            calls=calls,
            manifest=manifest,
            photos=PHOTOS,
            allow_hosts=hosts,
        )
        azure = LocalAzure(
            store=store,
            clock=clock,
            faults=faults,
            calls=calls,
            catalog=catalog,
            sizes=sizes,
            hub=hub,
            scorer=Scorer(),
        )
        local_hub = LocalHub(store=store, clock=clock, faults=faults, calls=calls, hub=hub)
        return slack, azure, local_hub

    def _keep(self) -> None:
        _, azure, hub = map(port_of, self._listeners)
        self._folder.keep(self.clock, azure=azure, hub=hub)


def _listening(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError as error:
        raise UnusableError(PORT_TAKEN.format(port=port, reason=error.strerror)) from None
