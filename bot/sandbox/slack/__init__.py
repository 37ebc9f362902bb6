"""The local Slack: Web API, Socket Mode or HTTP delivery, files, views, and its page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox import websites
from bot.sandbox.calls import Calls, recording
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coverage import Covered
from bot.sandbox.faults import Faults
from bot.sandbox.slack.api_files import FileRoutes
from bot.sandbox.slack.covered import COVERAGE
from bot.sandbox.slack.manifest import read_manifest
from bot.sandbox.slack.people import People
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import MAIN, OPERATOR, State
from bot.sandbox.slack.webapi import WebApi
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.store import Store

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = Path(__file__).parent / "page"
MOST_BYTES = 64 * 2**20
OURS = ("/api/", "/socket", "/response/", "/upload/", "/files/", "/files-tmb/")
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class LocalSlack:
    """A Slack workspace with one installed app.

    Args:
        store: keeps everything under `slack.`.
        clock: gives messages their time.
        faults: what goes wrong, for target `slack`.
        calls: where requests are recorded.
        manifest: of the app, as parsed YAML; enforced.
        photos: a folder of demo photos with their credits.json.
        allow_hosts: further Host names to answer to.
    """

    COVERAGE: tuple[Covered, ...] = COVERAGE
    operator = OPERATOR
    main_channel = MAIN

    def __init__(  # noqa: PLR0913 - the parts every stand-in shares, and its own
        self,
        *,
        store: Store,
        clock: SandboxClock,
        faults: Faults,
        calls: Calls,
        manifest: Json,
        photos: Path,
        allow_hosts: Sequence[str] = (),
    ) -> None:
        self._calls = calls
        self._faults = faults
        self.photos = photos
        self._hosts = {"127.0.0.1", "localhost", *allow_hosts}
        self.state = State(store, clock, read_manifest(manifest))
        self._secrets = store.collection("slack.secrets").get("app") or _new_secrets()
        self._keep()
        self.workspace = Workspace(
            self.state,
            faults,
            bot_token=self.bot_token,
            app_token=self.app_token,
            signing_secret=self.signing_secret,
        )
        self.people = People(self.workspace)

    @property
    def bot_token(self) -> str:
        """What the app calls the Web API with; like the other two, nobody can guess it."""
        return str(self._secrets["bot_token"])

    @property
    def app_token(self) -> str:
        """What the app opens sockets with."""
        return str(self._secrets["app_token"])

    @property
    def signing_secret(self) -> str:
        """What requests to the app are signed with."""
        return str(self._secrets["signing_secret"])

    @property
    def base_url(self) -> str:
        """Where this Slack is served; set it once the port is known."""
        return self.state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.state.base_url = url.rstrip("/")

    @property
    def sockets_opened(self) -> int:
        """How many sockets the app has opened so far, those that have ended included."""
        return self.workspace.sockets.opened

    def connected(self, since: int = 0) -> bool:
        """Whether the app can be reached: a live socket, or a request URL.

        Args:
            since: so many sockets had been opened before; only a later one counts.
        """
        sockets = self.workspace.sockets
        live = sockets.live > 0 and sockets.opened > since
        return live or bool(self.workspace.deliveries.request_url)

    def reset(self) -> None:
        """Back to the first people and channels; the store was cleared by the caller.

        The secrets stay, since the bot holds them.
        """
        self._keep()
        self.state.seed()
        everywhere = (f"messages:{channel}" for channel in self.state.channels)
        theirs = (f"{kind}:{user}" for user in self.state.users for kind in ("views", "home"))
        self.state.changes.mark("state", *everywhere, *theirs)

    def app(self) -> web.Application:
        """Web API, socket, files, response URLs and the page; the guard is over all of it."""
        middlewares = [self._guard(), self._recorded()]
        app = web.Application(client_max_size=MOST_BYTES, middlewares=middlewares)
        app.add_routes(WebApi(self.workspace).routes())
        app.add_routes(FileRoutes(self.workspace).routes())
        app.add_routes(
            [
                web.get("/socket", self.workspace.sockets.serve),
                web.post("/response/{key}", self._respond),
                web.get("/", self._index),
            ]
        )
        app.router.add_static("/page", PAGE)
        app.on_shutdown.append(self._close)
        websites.close(app)
        return app

    def _guard(self) -> Any:  # noqa: ANN401 - aiohttp's own type
        """Middleware: known Host names and our own Origin only; a strict policy for browsers."""

        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._welcome(request):
                return web.json_response({"error": "wrong Host or Origin"}, status=403)
            response = await handler(request)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = POLICY
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
                if request.path == "/" or request.path.startswith("/page/"):
                    response.headers["Cache-Control"] = "no-cache"
            return response

        return middleware

    def _welcome(self, request: web.Request) -> bool:
        host = request.headers.get("Host", "")  # the SDK's own websocket client sends no port
        if urlsplit(f"//{host}").hostname not in self._hosts:
            return False
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == host

    def _recorded(self) -> Any:  # noqa: ANN401 - aiohttp's own type
        """Middleware: record and disturb what the app asks of Slack, and nothing else."""
        record = recording("slack", self._calls, self._faults)

        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(OURS):
                answer: web.StreamResponse = await record(request, handler)
                return answer
            return await handler(request)

        return middleware

    async def _respond(self, request: web.Request) -> web.Response:
        """A response_url: `ok` as text, or the refusal."""
        try:
            body = json.loads(await request.text())
            self.workspace.response_urls.use(request.match_info["key"], body)
        except Refusal as refusal:
            gone = refusal.code in {"expired_url", "used_url"}
            return web.json_response(refusal.body, status=404 if gone else 400)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    def _keep(self) -> None:
        self.state.store.collection("slack.secrets")["app"] = self._secrets

    async def _close(self, _: web.Application) -> None:
        await self.workspace.close()


def _new_secrets() -> Json:
    return {
        "bot_token": f"xoxb-sandbox-{secrets.token_hex(16)}",
        "app_token": f"xapp-1-sandbox-{secrets.token_hex(16)}",
        "signing_secret": secrets.token_hex(16),
    }
