"""Fetching the CLIP weights (`aml-bot sandbox fetch-clip`): pinned revision, pinned checksums."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.scoring import weights


def fetch_clip(*, cache: Path | None = None, endpoint: str | None = None) -> str:
    """Download those of the three files (156 MB) that are missing, and check all of them.

    Revision and SHA-256 sums are pinned in `weights.py`. A file with another content is removed
    again, so that it is never loaded. No token is sent.

    Args:
        cache: a Hub cache folder; the user's own by default.
        endpoint: another Hub, or a mirror.

    Returns:
        A sentence that says where the checked files are; `Scorer` finds them there by itself.

    Raises:
        RuntimeError: one sentence: the Hub cannot be reached, or sent something else.
    """
    from huggingface_hub import (  # noqa: PLC0415 - 0.4 s, and only this needs it
        constants,
        hf_hub_download,
    )
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415

    constants.HF_HUB_DISABLE_TELEMETRY = True  # else its first call asks the public Hub as well
    where = cache or weights.cache()
    folder = weights.snapshot(where)
    for file in weights.FILES:
        path = folder / file.path
        try:
            if not path.is_file():
                hf_hub_download(
                    weights.REPOSITORY,
                    file.path,
                    revision=weights.REVISION,
                    cache_dir=where,
                    endpoint=endpoint,
                    token=False,
                )
            weights.verified(folder, file)
        except ValueError as error:
            path.resolve().unlink(missing_ok=True)  # the cache links to where the bytes are
            path.unlink(missing_ok=True)
            raise RuntimeError(f"{error}. It was removed again; try once more.") from error
        except (HfHubHTTPError, OSError) as error:
            reason = str(error.__cause__ or error).splitlines()[0]
            raise RuntimeError(f"{file.path} could not be downloaded: {reason}") from error
    return f"The CLIP weights are complete and checked: {folder}"
