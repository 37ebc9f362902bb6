"""Repositories of the Hugging Face Hub."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A repository of the Hugging Face Hub, under its present name.

    `gated` is "" (open), "auto" or "manual"; `access` tells whether our token may download it.
    """

    id: str
    sha: str
    task: str | None
    license: str | None
    license_url: str | None
    gated: str
    access: bool
    size_bytes: int  # of the weights in the one format that is loaded; 0 where not stated
    custom_code: tuple[str, ...] = ()  # names of .py files
    pickles: tuple[str, ...] = ()
    renamed_from: str | None = None
    private: bool = False
    files_bytes: int = 0  # of everything in the repository; 0 where not stated
    safe_weights: bool = False  # has safetensors
    licence_file: str = ""  # path of its licence's text
    page: str = ""  # address of its page
    downloads: int | None = None  # within the last month; None where not stated


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceText:
    """Identify what exactly somebody agrees to.

    `file` is the one in the repository that was read; "" where it has none, and the hash (SHA-256,
    hexadecimal) covers the licence's name and link.
    """

    sha256: str
    file: str = ""
