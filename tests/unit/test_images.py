"""Pictures as people send them, made into small upright JPEGs."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator

import pillow_heif
import pytest
from PIL import Image

from services.errors import InvalidInputError
from services.images import Decoders, Normalised
from tests.hostile import plain_png, saved

DECODERS = Decoders()
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(scope="module", autouse=True)
def decoders() -> Iterator[None]:
    """Processes end with the module."""
    yield
    DECODERS.close()


def normalise(raw: bytes) -> Normalised:
    return asyncio.run(DECODERS.normalise(raw))


def opened(result: Normalised) -> Image.Image:
    return Image.open(io.BytesIO(result.jpeg))


def near(expected: tuple[int, int, int], found: object, off: int = 12) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) <= off for one, other in zip(expected, found, strict=True))


def split(left: tuple[int, int, int], right: tuple[int, int, int]) -> Image.Image:
    """A wide picture of two colours."""
    picture = Image.new("RGB", (600, 300), left)
    picture.paste(right, (300, 0, 600, 300))
    return picture


def refusal(raw: bytes) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        normalise(raw)
    return caught.value


def test_a_photo_becomes_a_jpeg_with_a_short_side_of_448_pixels() -> None:
    result = normalise(saved(Image.new("RGB", (4032, 3024), RED), "JPEG"))
    assert (597, 448) == (result.width, result.height)
    assert "JPEG" == opened(result).format


def test_a_small_picture_keeps_its_size() -> None:
    result = normalise(saved(Image.new("RGB", (120, 90), RED), "PNG"))
    assert (120, 90) == (result.width, result.height)


def test_a_photo_of_twelve_megapixels_stays_far_below_a_megabyte() -> None:
    noise = Image.effect_noise((4032, 3024), 60).convert("RGB")
    assert len(normalise(saved(noise, "JPEG", quality=92)).jpeg) < 300_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_common_kind_is_read(kind: str) -> None:
    result = normalise(saved(Image.new("RGB", (40, 30), RED), kind))
    assert near(RED, opened(result).getpixel((20, 15)))


def test_a_heic_photo_is_read() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (128, 64), RED)).save(out)
    result = normalise(out.getvalue())
    assert (128, 64) == (result.width, result.height)
    assert near(RED, opened(result).getpixel((60, 30)))


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(1, False), (2, False), (3, False), (4, False), (5, True), (6, True), (7, True), (8, True)],
)
def test_exif_rotation_is_applied(orientation: int, *, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = normalise(saved(split(RED, BLUE), "JPEG", exif=exif))
    assert ((300, 600) if turned else (600, 300)) == (result.width, result.height)


def test_a_photo_held_upright_has_its_left_half_on_top() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it 90 degrees clockwise to see it upright
    result = normalise(saved(split(RED, BLUE), "JPEG", exif=exif))
    assert near(RED, opened(result).getpixel((150, 50)))
    assert near(BLUE, opened(result).getpixel((150, 550)))


def test_place_and_camera_data_are_dropped() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    result = normalise(saved(Image.new("RGB", (50, 50), RED), "JPEG", exif=exif))
    assert {} == dict(opened(result).getexif())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_data_count_as_none() -> None:
    raw = saved(Image.new("RGB", (50, 40), RED), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert 50 == normalise(raw).width


def test_a_cmyk_photo_keeps_its_colours() -> None:
    result = normalise(saved(Image.new("CMYK", (60, 60), (0, 255, 255, 0)), "JPEG", quality=95))
    assert near(RED, opened(result).getpixel((30, 30)), off=20)


def test_sixteen_bit_grey_is_scaled_and_not_cut_off() -> None:
    picture = Image.new("I;16", (60, 60), 257 * 100)
    result = normalise(saved(picture, "PNG"))
    assert near((100, 100, 100), opened(result).getpixel((30, 30)), off=2)


def test_floating_point_grey_is_stretched_to_what_can_be_seen() -> None:
    picture = Image.new("F", (60, 60), 0.0)
    picture.paste(1.0, (30, 0, 60, 60))
    result = normalise(saved(picture, "TIFF"))
    assert near(WHITE, opened(result).getpixel((55, 30)))
    assert near((0, 0, 0), opened(result).getpixel((5, 30)))


def test_transparent_parts_become_white() -> None:
    picture = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 30, 60))
    result = normalise(saved(picture, "PNG"))
    assert near(RED, opened(result).getpixel((8, 30)))
    assert near(WHITE, opened(result).getpixel((52, 30)))


def test_a_palette_with_a_transparent_colour_becomes_white_there() -> None:
    picture = Image.new("P", (60, 60), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    result = normalise(saved(picture, "PNG", transparency=0))
    assert near(WHITE, opened(result).getpixel((30, 30)))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_stays_and_people_are_told(kind: str) -> None:
    frames = [Image.new("RGB", (50, 50), color) for color in (RED, BLUE)]
    raw = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    result = normalise(raw)
    assert near(RED, opened(result).getpixel((25, 25)))
    assert "only the first frame of the animation was looked at" == result.note


def test_an_ordinary_picture_has_no_note() -> None:
    assert "" == normalise(saved(Image.new("RGB", (160, 90), RED), "PNG")).note


def test_people_are_told_when_the_ends_of_a_panorama_are_cut() -> None:
    result = normalise(saved(Image.new("RGB", (1000, 200), RED), "PNG"))
    assert "very wide: models look at the middle square only" == result.note


def test_a_tall_strip_is_cut_to_what_models_can_see() -> None:
    result = normalise(saved(Image.new("RGB", (10, 8000), RED), "PNG"))
    assert (10, 30) == (result.width, result.height)


@pytest.mark.parametrize(("width", "height"), [(13_000, 13_000), (20_000, 20_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    error = refusal(plain_png(width, height))
    assert "This picture has more than 50 million pixels." == error.what
    assert "pictures" == error.field


def test_thirty_megabytes_are_refused_with_the_limit() -> None:
    error = refusal(b"\xff\xd8\xff" + bytes(30 * 1024 * 1024))
    assert "This picture has 30 MB." == error.what
    assert "Send one of at most 20 MB." == error.advice


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive or an Office document"),
        (b"<!DOCTYPE html><html><title>Sign in</title>", "a web page (HTML)"),
        (b"\xef\xbb\xbf  <html lang='en'>", "a web page (HTML)"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"cat, coffee, dog\n", "a text file"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "a video"),
        (b"\0\0\0\x18ftypavif" + bytes(20), "an AVIF picture"),
        (b"", "an empty file"),
        (bytes(range(128, 256)), "a file of an unknown kind"),
    ],
)
def test_other_files_are_called_by_their_kind(raw: bytes, kind: str) -> None:
    assert f"This is {kind}, not a picture that can be read." == refusal(raw).what


def test_a_truncated_photo_is_called_damaged() -> None:
    raw = saved(Image.effect_noise((400, 400), 50), "JPEG")
    assert "This picture is damaged or cut off: it cannot be read to its end." == (
        refusal(raw[: len(raw) // 2]).what
    )


def test_a_truncated_heic_photo_is_called_damaged() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (128, 64), RED)).save(out)
    assert refusal(out.getvalue()[:200]).what.startswith("This picture is damaged")
