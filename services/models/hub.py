"""Repositories of the Hugging Face Hub."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a repository, as far as loading it goes.

    Attributes:
        files: some of their names; empty for an empty repository.
        description: `config.json` or `model_index.json`; "" where it has neither.
        model_type: as config.json names it; "" where it names none, None where nobody knows.
        library: what its owner says that it is for (`timm`); "" where they say nothing.
        loaded: the weights, or the indexes of weights, that transformers or diffusers load.
        missing: files that an index names and that are not there.
        variants: weights that are loaded only by somebody who asks for their variant.
        formats: of the weights that are there, in words.
        adapter: whether it is something to be put onto another model.
        base: id of the model that it was made from; "" where nobody says.
        quantised: by which method; "" for none.
        unread: files that would tell more and could not be read.
    """

    files: tuple[str, ...] = ()
    description: str = ""
    model_type: str | None = None
    library: str = ""
    loaded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    adapter: bool = False
    base: str = ""
    quantised: str = ""
    unread: tuple[str, ...] = ()


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
    custom_code: tuple[str, ...] = ()  # files that would run as code of its own
    doubtful: tuple[str, ...] = ()  # may hold weights or code, and are not known to be safe
    renamed_from: str | None = None
    private: bool = False
    files_bytes: int = 0  # of everything in the repository; 0 where not stated
    safe_weights: bool = False  # what would be loaded is safetensors
    licence_file: str = ""  # path of its licence's text
    page: str = ""  # address of its page
    downloads: int | None = None  # within the last month; None where not stated
    contents: Contents | None = None  # None where the Hub lists no files


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceText:
    """Identify what exactly somebody agrees to.

    `file` is the one in the repository that was read; "" where it has none, and the hash (SHA-256,
    hexadecimal) covers the licence's name and link.
    """

    sha256: str
    file: str = ""
