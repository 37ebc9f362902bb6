"""Files: who can download them, and the upload of the SDK."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from slack_sdk.errors import SlackApiError

from tests.hostile import plain_png, progressive, saved
from tests.integration.sandbox.slack_room import ADA, BEN, MAIN, RANDOM, Room

PNG = b"\x89PNG picture"


def shared(room: Room, channel: str = MAIN) -> str:
    """A picture that somebody posted; its file id."""
    room.upload("/message", [("file", "a.png", PNG)], user=BEN, channel=channel, text="look")
    return str(room.messages(channel)[-1]["files"][0]["id"])


def download(room: Room, file: str, token: str = "") -> tuple[str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = room.http.get(f"{room.url}/files/{file}/download/a.png", headers=headers, timeout=30)
    assert 200 == answer.status_code
    return answer.headers["content-type"].split(";")[0], answer.content


def test_the_bot_downloads_with_its_token(room: Room) -> None:
    assert ("image/png", PNG) == download(room, shared(room), room.slack.bot_token)


@pytest.mark.parametrize("token", ["", "xoxb-other"])
def test_without_the_token_a_download_is_the_login_page(room: Room, token: str) -> None:
    kind, body = download(room, shared(room), token)
    assert ("text/html", True) == (kind, b"Sign in" in body)


def test_the_fault_login_html_answers_the_login_page_once(room: Room) -> None:
    file = shared(room)
    room.post("/fault", target="slack", kind="login_html", times=1)
    kinds = [download(room, file, room.slack.bot_token)[0] for _ in range(2)]
    assert ["text/html", "image/png"] == kinds


def test_a_file_of_a_channel_without_the_bot_is_not_found(room: Room) -> None:
    file = shared(room, RANDOM)
    with pytest.raises(SlackApiError) as caught:
        room.client().files_info(file=file)
    room.post("/invite", channel=RANDOM)
    assert ("file_not_found", "a.png") == (
        caught.value.response["error"],
        room.client().files_info(file=file)["file"]["name"],
    )


def test_the_sdk_uploads_a_file_into_a_thread(room: Room) -> None:
    client = room.client()
    root = client.chat_postMessage(channel=MAIN, text="result")["ts"]
    client.files_upload_v2(
        channel=MAIN, thread_ts=root, filename="scores.csv", content="cat,0.9", title="Scores"
    )
    reply = room.messages(thread_ts=root)[-1]
    url = room.url + reply["files"][0]["url"]
    answer = room.http.get(url, timeout=30)
    assert ("scores.csv", b"cat,0.9", "attachment") == (
        reply["files"][0]["name"],
        answer.content,
        answer.headers["Content-Disposition"],
    )


def test_an_upload_without_the_optional_scope_is_refused(room: Room) -> None:
    room.post("/scopes", scope="files:write", granted=False)
    with pytest.raises(SlackApiError) as caught:
        room.client().files_upload_v2(channel=MAIN, filename="a.csv", content="x")
    assert ("missing_scope", "files:write") == (
        caught.value.response["error"],
        caught.value.response["needed"],
    )


def test_a_large_file_goes_through(room: Room) -> None:
    body = bytes(30_000_000)
    room.upload("/message", [("file", "big.jpg", body)], user=ADA, channel=MAIN, text="")
    file = room.messages()[0]["files"][0]["id"]
    assert body == download(room, file, room.slack.bot_token)[1]


def photo(width: int, height: int, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    return saved(Image.effect_noise((width, height), 50).convert("RGB"), "JPEG", **options)


def info(room: Room, name: str, body: bytes) -> dict[str, Any]:
    """What Slack tells of a file that somebody posted."""
    room.upload("/message", [("file", name, body)], user=BEN, channel=MAIN, text="look")
    file = room.messages()[-1]["files"][0]["id"]
    return dict(room.client().files_info(file=file)["file"])


def sides(file: dict[str, Any]) -> list[int]:
    return [side for side in (360, 480, 720, 800, 960, 1024) if f"thumb_{side}" in file]


def test_a_large_photo_has_smaller_copies(room: Room) -> None:
    file = info(room, "a photo.jpg", photo(2048, 1024))

    assert [360, 480, 720, 800, 960, 1024] == sides(file)
    assert (2048, 1024, 1024, 512) == tuple(
        file[name] for name in ("original_w", "original_h", "thumb_1024_w", "thumb_1024_h")
    )
    headers = {"Authorization": f"Bearer {room.slack.bot_token}"}
    answer = room.http.get(file["thumb_1024"], headers=headers, timeout=30)
    assert (1024, 512) == Image.open(io.BytesIO(answer.content)).size
    assert "image/jpeg" == answer.headers["Content-Type"]


def test_a_copy_is_upright(room: Room) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    file = info(room, "a.jpg", photo(2048, 1024, exif=exif))

    assert (512, 1024) == (file["thumb_1024_w"], file["thumb_1024_h"])


def test_a_copy_is_only_for_the_bot(room: Room) -> None:
    file = info(room, "a.jpg", photo(2048, 1024))

    answer = room.http.get(file["thumb_1024"], timeout=30)

    assert "Sign in" in answer.text


@pytest.mark.parametrize(
    ("body", "copies"),
    [
        (photo(800, 600), [360, 480, 720]),
        (photo(300, 200), []),
        (photo(2048, 1024)[:-900], []),
        (plain_png(5000, 5000), []),
        (progressive(2000, 100, 200), []),
        (PNG, []),
        (
            saved(
                Image.new("RGB", (1500, 900)),
                "GIF",
                save_all=True,
                append_images=[Image.new("RGB", (1500, 900), "red")],
            ),
            [],
        ),
    ],
    ids=["smaller", "tiny", "cut", "huge", "scans", "broken", "animated"],
)
def test_which_copies_there_are(room: Room, body: bytes, copies: list[int]) -> None:
    assert copies == sides(info(room, "a.jpg", body))
