"""Blob storage in path style: containers are listed, block blobs written and read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from email.utils import formatdate
from xml.etree import ElementTree as ET

from aiohttp import web

from bot.sandbox.azureml.arm import Json, Route, bad, empty, missing
from bot.sandbox.azureml.state import ACCOUNT, State

CONTAINER = f"/{ACCOUNT}/{{container}}"
BLOB = f"{CONTAINER}/{{blob:.+}}"
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
BLOCK = re.compile(r"<(?:Latest|Uncommitted|Committed)>([^<]*)</")
VERSION = "2021-12-02"
LISTED = 5000


class Blobs:
    """One storage account; every container exists once something is put into it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        yield Route(method="PUT", path=CONTAINER, handler=self.make)
        yield Route(
            method="GET", path=CONTAINER, handler=self.listed, note="flat lists by prefix, 5,000"
        )
        yield Route(
            method="PUT", path=BLOB, handler=self.put, note="block blobs: whole, block, block list"
        )
        yield Route(method="GET", path=BLOB, handler=self.get)
        yield Route(method="HEAD", path=BLOB, handler=self.head)
        yield Route(method="DELETE", path=BLOB, handler=self.delete)

    async def make(self, request: web.Request) -> web.Response:
        if request.query.get("restype") != "container":
            raise bad("InvalidQueryParameterValue", "restype must be container.")
        return empty(201, _headers())

    async def listed(self, request: web.Request) -> web.Response:
        container, prefix = request.match_info["container"], request.query.get("prefix", "")
        root = ET.Element("EnumerationResults", ContainerName=container)
        ET.SubElement(root, "Prefix").text = prefix
        blobs = ET.SubElement(root, "Blobs")
        found = self._state.children("blobs", container)
        for name, document in sorted(found, key=lambda row: row[0])[:LISTED]:
            if name.startswith(prefix):
                _listed(blobs, name, document)
        ET.SubElement(root, "NextMarker")
        text = ET.tostring(root, encoding="unicode", xml_declaration=False)
        return web.Response(
            text=f'<?xml version="1.0" encoding="utf-8"?>{text}',
            content_type="application/xml",
            headers=_headers(),
        )

    async def put(self, request: web.Request) -> web.Response:
        key, body = _key(request), await request.read()
        step = request.query.get("comp")
        if step == "block":
            block = _block(request.query.get("blockid", ""))
            self._state.store.put_blob(f"azure.block.{key}.{block}", body)
            return empty(201, _headers())
        if step == "blocklist":
            body = b"".join(self._blocks(key, BLOCK.findall(body.decode())))
        elif request.headers.get("x-ms-blob-type") != "BlockBlob":
            raise bad("InvalidHeaderValue", "This sandbox keeps block blobs only.")
        document = {
            "size": len(body),
            "etag": hashlib.sha256(body).hexdigest()[:16],
            "modified": self._state.clock.now(),
            "type": request.headers.get("x-ms-blob-content-type") or "application/octet-stream",
        }
        self._state.store.put_blob(f"azure.blob.{key}", body)
        self._state.collection("blobs")[key] = document
        return empty(201, _headers(document))

    async def get(self, request: web.Request) -> web.Response:
        key, document = self._found(request)
        body = self._state.store.blob(f"azure.blob.{key}") or b""
        headers = {**_headers(document), "Content-Type": document["type"]}
        asked = request.headers.get("x-ms-range") or request.headers.get("Range") or ""
        wanted = RANGE.match(asked)
        if wanted is None:
            return web.Response(body=body, headers=headers)
        start, size = int(wanted[1]), document["size"]
        last = min(int(wanted[2] or size - 1), size - 1)
        if start > last:
            return empty(416, {**headers, "Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {start}-{last}/{size}"
        return web.Response(status=206, body=body[start : last + 1], headers=headers)

    async def head(self, request: web.Request) -> web.Response:
        _, document = self._found(request)
        headers = {**_headers(document), "Content-Type": document["type"]}
        return web.Response(headers={**headers, "Content-Length": str(document["size"])})

    async def delete(self, request: web.Request) -> web.Response:
        key, _ = self._found(request)
        del self._state.collection("blobs")[key]
        return empty(202, _headers())

    def _blocks(self, key: str, ids: list[str]) -> Iterator[bytes]:
        for block in ids:
            body = self._state.store.blob(f"azure.block.{key}.{_block(block)}")
            if body is None:
                raise bad("InvalidBlockList", "The specified block list is invalid.")
            yield body

    def _found(self, request: web.Request) -> tuple[str, Json]:
        key = _key(request)
        document = self._state.collection("blobs").get(key)
        if document is None:
            raise missing("The specified blob does not exist.", "BlobNotFound")
        return key, document


def _key(request: web.Request) -> str:
    return "{container}/{blob}".format(**request.match_info)


def _block(identifier: str) -> str:
    try:
        return base64.b64decode(identifier, validate=True).hex()
    except (ValueError, binascii.Error) as error:
        raise bad("InvalidQueryParameterValue", "blockid must be base64.") from error


def _listed(blobs: ET.Element, name: str, document: Json) -> None:
    blob = ET.SubElement(blobs, "Blob")
    ET.SubElement(blob, "Name").text = name
    properties = ET.SubElement(blob, "Properties")
    for key, value in (
        ("Last-Modified", formatdate(document["modified"], usegmt=True)),
        ("Etag", document["etag"]),
        ("Content-Length", str(document["size"])),
        ("Content-Type", document["type"]),
        ("BlobType", "BlockBlob"),
    ):
        ET.SubElement(properties, key).text = value


def _headers(document: Json | None = None) -> dict[str, str]:
    headers = {"x-ms-version": VERSION, "x-ms-request-server-encrypted": "false"}
    if document is None:
        return headers
    return headers | {
        "ETag": f'"{document["etag"]}"',
        "Last-Modified": formatdate(document["modified"], usegmt=True),
        "x-ms-blob-type": "BlockBlob",
        "Accept-Ranges": "bytes",
    }
