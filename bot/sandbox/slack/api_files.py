"""Web API methods about files, and the addresses that take and give their bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.slack import thumbnails
from bot.sandbox.slack.api_chat import writable
from bot.sandbox.slack.api_team import Method
from bot.sandbox.slack.messages import number
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import BOT_USER
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
LOGIN = """<!DOCTYPE html><html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to Sandbox</h1><form action="/" method="post"></form></body></html>"""


def _info(here: Workspace, args: Json) -> Json:
    file = here.files.visible(str(args.get("file") or ""))
    return {"file": here.files.public(file["id"]), "comments": []}


def _upload_url(here: Workspace, args: Json) -> Json:
    if not args.get("filename") or not number(args, "length", 0):
        raise Refusal("invalid_arguments")
    file = here.files.announce(str(args["filename"]), BOT_USER)
    return {"upload_url": f"{here.state.base_url}/upload/{file['id']}", "file_id": file["id"]}


def _complete_upload(here: Workspace, args: Json) -> Json:
    given = args.get("files") or []
    if not given:
        raise Refusal("invalid_arguments")
    refs = [args["channel_id"]] if args.get("channel_id") else []
    refs += [ref for ref in str(args.get("channels") or "").split(",") if ref]
    places = [writable(here, ref) for ref in refs]
    files = [here.files.complete(file["id"], file.get("title"))["id"] for file in given]
    for channel in places:
        content = {"text": args.get("initial_comment"), "files": files}
        thread = {"thread_ts": args.get("thread_ts")}
        blocks = {"blocks": args["blocks"]} if args.get("blocks") else {}
        here.messages.post(channel, {**content, **thread, **blocks})
    return {"files": [here.files.public(file) for file in files]}


METHODS: Mapping[str, Method] = {
    "files.info": _info,
    "files.getUploadURLExternal": _upload_url,
    "files.completeUploadExternal": _complete_upload,
}


class FileRoutes:
    """Uploads to an announced file, and downloads with the bot's token."""

    def __init__(self, here: Workspace) -> None:
        self._here = here

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/upload/{file}", self._receive),
            web.get("/files/{file}/{name}", self._download),
            web.get("/files/{file}/download/{name}", self._download),
            web.get("/files-tmb/{team}-{file}/{name}", self._copy),
        ]

    async def _receive(self, request: web.Request) -> web.Response:
        body = await self._sent(request)
        try:
            self._here.files.receive(request.match_info["file"], body)
        except Refusal as refusal:
            return web.Response(status=404, text=refusal.code)
        return web.Response(text=f"OK - {len(body)}")

    async def _sent(self, request: web.Request) -> bytes:
        if not request.content_type.startswith("multipart/"):
            return await request.read()
        form = await request.post()
        part = next(iter(form.values()), b"")
        return part.file.read() if isinstance(part, web.FileField) else bytes(str(part), "utf-8")

    async def _download(self, request: web.Request) -> web.Response:
        """The bytes, or Slack's login page with status 200 for whoever has no right to them."""
        try:
            file = self._allowed(request)
            body = self._here.files.body(file["id"])
        except Refusal:
            return web.Response(text=LOGIN, content_type="text/html")
        return web.Response(body=body, content_type=file["mimetype"])

    async def _copy(self, request: web.Request) -> web.Response:
        """The bytes of a smaller copy, for whoever may have the whole."""
        try:
            file = self._allowed(request)
        except Refusal:
            return web.Response(text=LOGIN, content_type="text/html")
        try:
            side = self._here.files.side(file["id"], request.match_info["name"])
            whole = self._here.files.body(file["id"])
        except Refusal as refusal:
            return web.Response(status=404, text=refusal.code)
        made = await asyncio.to_thread(thumbnails.copy, whole, side)
        if made is None:
            return web.Response(status=404, text="file_not_found")
        return web.Response(body=made[0], content_type=made[1])

    def _allowed(self, request: web.Request) -> Json:
        """The file, if the token is the bot's and the bot sees the file.

        Raises:
            Refusal: not so.
        """
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._here.faults.take("slack", request.path, "login_html"):
            raise Refusal("not_authed")
        if token != self._here.bot_token or "files:read" not in self._here.state.scopes():
            raise Refusal("not_authed")
        return self._here.files.visible(request.match_info["file"])
