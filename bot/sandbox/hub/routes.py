"""How the local Hub is asked: the part of the Hub's HTTP API that huggingface_hub uses."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from aiohttp import web

from bot.sandbox import websites
from bot.sandbox.calls import Calls, recording
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coverage import Covered
from bot.sandbox.faults import Faults
from bot.sandbox.hub import answers
from bot.sandbox.hub.access import HubError, refuse_gated, refuse_websites, token_of
from bot.sandbox.hub.state import APPROVED_TOKEN, HubFile, HubState, Repository
from bot.sandbox.store import Store

TARGET = "hub"
PAGE = 10
_REPO = "{repo:[^/]+(?:/[^/]+)?}"
_API = "/api/models/" + _REPO

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


ROUTES: tuple[tuple[str, str, str, str], ...] = (
    ("GET", "/api/agent-harnesses", "agent_harnesses", "an empty registry"),
    ("GET", "/api/whoami-v2", "whoami", "two made-up people"),
    (
        "GET",
        "/api/models",
        "search",
        "pages of 10; search, author, filter, pipeline_tag, gated, expand; sorted as in the file",
    ),
    ("GET", _API + "/revision/{revision:.+}", "info", "main and the one commit"),
    ("GET", _API + "/auth-check", "auth_check", ""),
    ("GET", _API + "/auth-check/write", "auth_check", "always refused"),
    ("GET", _API + "/refs", "refs", "main only"),
    ("GET", _API + "/tree/{revision:.+}", "tree", "all files at once, never a folder"),
    ("POST", _API + "/paths-info/{revision:.+}", "paths_info", ""),
    ("GET", _API, "info", "no downloads, likes or dates"),
    ("GET", "/" + _REPO + "/resolve/{revision}/{path:.+}", "resolve", "of weights HEAD only"),
    ("GET", "/" + _REPO, "page", "a few facts for people"),
)
_MISSING = (
    ("GET", "/api/models-tags-by-type"),
    ("GET", "/api/datasets"),
    ("GET", "/api/spaces"),
    ("POST", "/api/repos/create"),
)
COVERAGE = (
    *(
        Covered(
            target=TARGET,
            method=method,
            path=re.sub(r"\{(\w+):(?:[^{}])+\}", r"{\1}", path),
            status="supported",
            note=note,
        )
        for method, path, _, note in ROUTES
    ),
    *(
        Covered(target=TARGET, method=m, path=p, status="missing", note="the bot only reads models")
        for m, p in _MISSING
    ),
)


class LocalHub:
    """A Hugging Face Hub on 127.0.0.1 that knows the repositories of a `hub.jsonl`.

    `base_url` (`http://127.0.0.1:port`) is set by whoever serves `app()`.
    """

    COVERAGE = COVERAGE

    def __init__(
        self, *, store: Store, clock: SandboxClock, faults: Faults, calls: Calls, hub: Path
    ) -> None:
        # Nothing here changes with time or is written to, so store and clock are not kept.
        del store, clock
        self.base_url = ""
        self._faults = faults
        self._calls = calls
        self._path = hub
        self._state = HubState(hub)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[recording(TARGET, self._calls, self._faults), _errors])
        app.add_routes(
            [web.route(method, path, getattr(self, name)) for method, path, name, _ in ROUTES]
        )
        websites.close(app)
        return app

    def reset(self) -> None:
        """Read the repositories again; there is no other state."""
        self._state = HubState(self._path)

    async def agent_harnesses(self, _: web.Request) -> web.Response:
        return web.json_response({"standardEnvVars": [], "harnesses": {}})

    async def whoami(self, request: web.Request) -> web.Response:
        token = token_of(request)
        if token is None:
            raise HubError(401, "Invalid username or password.")
        name = "approved" if token == APPROVED_TOKEN else "reader"
        access = {"displayName": name, "role": "read"}
        auth = {"type": "access_token", "accessToken": access}
        who = {"type": "user", "id": name, "name": name, "fullname": name, "orgs": [], "auth": auth}
        return web.json_response(who)

    async def search(self, request: web.Request) -> web.Response:
        query = request.query
        token_of(request)
        if query.get("sort", "downloads") not in answers.SORTS:
            raise HubError(
                400, "Invalid option: expected one of " + "|".join(sorted(answers.SORTS))
            )
        rows = answers.found(self._state, query)
        start, size = _number(query.get("cursor"), 0), _number(query.get("limit"), PAGE)
        end = start + min(size, PAGE)
        headers = {}
        if end < len(rows):
            items = [(key, value) for key, value in query.items() if key != "cursor"]
            following = urlencode([*items, ("cursor", str(end))])
            headers["Link"] = f'<{request.url.origin()}/api/models?{following}>; rel="next"'
        page = [answers.listed(self._gated(request, row), query) for row in rows[start:end]]
        return web.json_response(page, headers=headers)

    async def info(self, request: web.Request) -> web.Response:
        repository = self._readable(request)
        query = request.query
        if names := query.getall("expand", []):
            return web.json_response(answers.expanded(repository, names))
        blobs, security = bool(query.get("blobs")), bool(query.get("securityStatus"))
        return web.json_response(answers.model(repository, blobs=blobs, security=security))

    async def auth_check(self, request: web.Request) -> web.Response:
        repository = self._readable(request)
        refuse_gated(request, repository)
        if request.path.endswith("/write"):
            raise HubError(403, "The sandbox's Hub is read-only.")
        return web.json_response({})

    async def refs(self, request: web.Request) -> web.Response:
        sha = self._readable(request).sha
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": sha}
        return web.json_response({"branches": [main], "converts": [], "tags": []})

    async def tree(self, request: web.Request) -> web.Response:
        files = self._readable(request).files.values()
        return web.json_response([answers.entry(file) for file in files])

    async def paths_info(self, request: web.Request) -> web.Response:
        files = self._readable(request).files
        body = await request.text()
        if request.content_type == "application/json":
            paths = json.loads(body or "{}").get("paths", [])
        else:
            paths = parse_qs(body).get("paths", [])
        return web.json_response([answers.entry(files[path]) for path in paths if path in files])

    async def resolve(self, request: web.Request) -> web.Response:
        repository = self._readable(request)
        refuse_gated(request, repository)
        file = repository.files.get(request.match_info["path"])
        if file is None:
            raise HubError(404, "Entry not found", "EntryNotFound")
        return _content(request, repository, file)

    async def page(self, request: web.Request) -> web.Response:
        """Where links to a model lead: what the stand-in knows, for people."""
        repository = self._readable(request)
        facts = (
            f"Task: {repository.task}",
            f"Licence: {repository.license or 'none stated'}",
            f"Gated: {repository.gated or 'no'}",
        )
        lines = "".join(f"<li>{html.escape(fact)}</li>" for fact in facts)
        title = html.escape(repository.id)
        text = (
            f"<!DOCTYPE html><html lang=en><title>{title}</title><h1>{title}</h1><ul>{lines}</ul>"
            "<p>This is the sandbox's stand-in for the Hugging Face Hub.</p></html>"
        )
        return web.Response(text=text, content_type="text/html")

    def _readable(self, request: web.Request) -> Repository:
        """The asked repository, if this caller may know that it exists.

        Raises:
            HubError: no such repository, none for this caller, disabled, or no such revision.
            web.HTTPTemporaryRedirect: it has another name now.
        """
        name, token = request.match_info["repo"], token_of(request)
        if new := self._state.renamed.get(name):
            raise web.HTTPTemporaryRedirect(request.path_qs.replace(name, new, 1))
        repository = self._state.repository(name)
        hidden = repository is not None and (
            (repository.private and token != APPROVED_TOKEN)
            or (repository.disabled and token is None)
        )
        if repository is None or hidden:
            # The Hub does not tell strangers whether something exists.
            raise (
                HubError(404, "Repository not found", "RepoNotFound")
                if token
                else HubError(401, "Invalid username or password.", "RepoNotFound")
            )
        if repository.disabled:
            raise HubError(403, "Access to this resource is disabled.")
        revision = request.match_info.get("revision", "main")
        if revision not in {"main", repository.sha}:
            raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self._gated(request, repository)

    def _gated(self, request: web.Request, repository: Repository) -> Repository:
        """The repository, gated by a fault that names it or the request's path."""
        path = request.path if "repo" in request.match_info else f"/{repository.id}"
        if not repository.gated and self._faults.take(TARGET, path, "gated"):
            return replace(repository, gated="manual")
        return repository


def _content(request: web.Request, repository: Repository, file: HubFile) -> web.Response:
    headers = {"X-Repo-Commit": repository.sha, "ETag": f'"{file.oid}"', "Accept-Ranges": "none"}
    if file.content is not None:
        return web.Response(body=file.content, headers=headers)
    if request.method == "HEAD":
        headers |= {"X-Linked-Size": str(file.size or 0), "X-Linked-Etag": f'"{file.oid}"'}
        return web.Response(headers=headers)
    raise HubError(403, "The sandbox declares weights but does not hold them.")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        refuse_websites(request)
        return await handler(request)
    except HubError as error:
        return error.response()
