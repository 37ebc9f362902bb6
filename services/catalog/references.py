"""Read what a text calls a model: name, asset id, or a link to its page at Azure or on the Hub."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

from services import spelling
from services.errors import ErrorText, NotFoundError, Suggestion, quoted
from services.models import AssetId

ADDRESS = re.compile(r"https?://", re.IGNORECASE)
WSID = re.compile(r".+/workspaces/(?P<workspace>[^/?&#]+)", re.IGNORECASE)
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
# Pages of studio and of Foundry, as their own documentation and samples link to them.
STUDIO_HOSTS = ("ml.azure.com", "ai.azure.com")
STUDIO_PAGES = (
    re.compile(
        r"/registries/(?P<registry>[^/]+)/models/(?P<name>[^/]+)(?:/version/(?P<version>[^/]+))?"
    ),
    re.compile(
        r"/(?:explore/)?models/(?P<name>[^/]+)/version/(?P<version>[^/]+)"
        r"(?:/catalog)?/registry/(?P<registry>[^/]+)"
    ),
    re.compile(r"/(?:explore|catalog)/models/(?P<name>[^/]+)"),
)
WORKSPACE_PAGES = (
    re.compile(r"/model/(?P<name>[^/:]+):(?P<version>[^/:]+)"),
    re.compile(r"/models?/(?P<name>[^/:]+)/version/(?P<version>[^/]+)"),
)
HUB_HOSTS = ("huggingface.co", "hf.co")
HUB_PAGE = re.compile(
    r"/(?P<id>[\w.-]+(?:/[\w.-]+)?)(?:/(?:tree|blob|resolve|commit|discussions)\b.*)?/?", re.ASCII
)
OTHER_PAGES = re.compile(  # first words of the Hub's pages that are no models
    r"api|blog|chat|collections|datasets|docs|enterprise|inference|join|learn|login|models|new|"
    r"organizations|papers|posts|pricing|search|settings|spaces|tasks",
    re.IGNORECASE,
)
LIKE_AN_ID = re.compile(r"azureml:|.*/registries/", re.IGNORECASE)
VERSION = re.compile(r"v?\d[\w.-]*|latest", re.ASCII | re.IGNORECASE)
NEWEST = "latest"  # Azure's label of the newest version
BAD_ID = ErrorText(
    code="ModelIdImpossible",
    what="There is no model {text}: its registry, name or version cannot be one of Azure.",
    advice="Write only its name, or an id like `azureml://registries/azureml/models/gpt2/versions/9`.",
)
OTHER_REGISTRY = ErrorText(
    code="RegistryNotConfigured",
    what="The registry {registry} is not among those that I may use.",
    why="{known}",
    advice="Whoever runs the bot can add it to the setting AZUREML_REGISTRIES.",
)
USED, NONE_USED = "I use {names}.", "I use none, only the models of the workspace."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Hold what somebody called a model.

    `ours` means the workspace's own model, `workspace` names the workspace that a link or an id
    speaks of ("" where it names none). `hub` is set where the Hub's own page was linked to.
    """

    name: str
    registry: str | None = None
    version: str | None = None
    ours: bool = False
    workspace: str = ""
    hub: bool = False


def is_link(text: str) -> bool:
    """Whether the whole text is a link to a model's page, or an asset id, and nothing else."""
    return linked(text) is not None


def meant(text: str, *, known: Iterable[str], allowed: Iterable[str] | None) -> Reference:
    """Return what a text refers to, with its registry as the setting spells it.

    Args:
        text: as typed.
        known: registries whose names are no owners of a repository.
        allowed: those that may be asked; None where no workspace is configured, so none will be.

    Raises:
        NotFoundError: another registry (code RegistryNotConfigured), or an id whose parts cannot
            be names at Azure (code ModelIdImpossible).
    """
    found = linked(text)
    if found is None and LIKE_AN_ID.match(text.strip().strip("`'\"<>")):
        raise NotFoundError(BAD_ID, text=quoted(text), suggestions=(Suggestion(verb="search"),))
    ours = {spelling.key(name): name for name in allowed or ()}
    wanted = found or named(text, {spelling.key(name): name for name in known} | ours)
    if not wanted.registry or allowed is None:
        return wanted
    registry = ours.get(spelling.key(wanted.registry))
    if registry is None:
        raise registry_not_allowed(wanted.registry, ours.values())
    return replace(wanted, registry=registry)


def registry_not_allowed(registry: str, allowed: Iterable[str]) -> NotFoundError:
    """Return the error for a registry that is not among those configured."""
    names = ", ".join(allowed)
    known = USED.format(names=names) if names else NONE_USED
    return NotFoundError(OTHER_REGISTRY, registry=quoted(registry), known=known)


def linked(text: str) -> Reference | None:
    """Return what a link or an asset id refers to; None for every other text."""
    text = text.strip().strip("`'\"<>")
    if not text or any(character.isspace() for character in text):
        return None
    if ADDRESS.match(text):
        return _page(text)
    asset = AssetId.parse(text)
    if asset is None:
        return None
    return Reference(
        name=asset.name,
        registry=asset.registry or None,
        version=asset.version or None,
        ours=not asset.registry,
        workspace=asset.workspace,
    )


def named(text: str, registries: Mapping[str, str]) -> Reference:
    """Return what any other text refers to: a name, `name:version` or `registry/name`.

    Args:
        text: as typed.
        registries: lower case to the registry's own spelling; anything else before a slash is
            part of the name (`owner/name`, as the Hub has it).
    """
    text = text.strip().strip("`'\"")
    name, colon, version = text.rpartition(":")
    if not colon or not VERSION.fullmatch(version):
        name, version = text, ""
    if spelling.same(version, NEWEST):
        version = ""
    owner, slash, rest = name.partition("/")
    registry = registries.get(spelling.key(owner)) if slash else None
    return Reference(name=rest if registry else name, registry=registry, version=version or None)


def is_hub_id(text: str) -> bool:
    """Whether the text has the form of a model's id on the Hub, owner included."""
    return HUB_ID.fullmatch(text.strip()) is not None


def _page(url: str) -> Reference | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # a broken address
        return None
    path = unquote(parts.path)
    if host in HUB_HOSTS:
        return _hub_page(path)
    if host not in STUDIO_HOSTS:
        return None
    for pattern in STUDIO_PAGES:
        if page := pattern.match(path):
            return _matched(page)
    own = next((page for form in WORKSPACE_PAGES if (page := form.match(path))), None)
    ours = _matched(own, ours=True) if own else None
    if ours is None:
        return None
    wsid = WSID.match(next(iter(parse_qs(parts.query).get("wsid", ())), ""))
    return replace(ours, workspace=wsid["workspace"] if wsid else "")


def _matched(match: re.Match[str], *, ours: bool = False) -> Reference | None:
    """Return what a page is of; None where a part of its address cannot be a name at Azure."""
    found = match.groupdict()
    asset = AssetId.of(found["name"], found.get("version"), found.get("registry"))
    if asset is None:
        return None
    return Reference(
        name=asset.name,
        registry=asset.registry or None,
        version=asset.version or None,
        ours=ours,
        workspace=found.get("workspace") or "",
    )


def _hub_page(path: str) -> Reference | None:
    page = HUB_PAGE.fullmatch(path)
    if page is None or OTHER_PAGES.fullmatch(page["id"].partition("/")[0]):
        return None
    return Reference(name=page["id"], hub=True)
