"""Where a response URL may lead: to Slack, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from services.errors import ErrorText, ServiceRefusedError

HOOKS = "hooks.slack.com"
SLACK = (".slack.com", ".slack-gov.com")  # their response URLs are on a host of their own
ODD_ADDRESS = ErrorText(
    code="OddResponseUrl",
    what="The address for the answer is not one of Slack's.",
)


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """An address that answers may be posted to. What a request or form carries comes from outside.

    Make it with `checked` alone.
    """

    address: str

    @classmethod
    def checked(cls, address: str, api: str) -> Self:
        """Return the address as one to post to.

        Args:
            address: as it came.
            api: the base of the configured Web API; a local Slack answers on its own host.

        Raises:
            ServiceRefusedError: it leads elsewhere.
        """
        try:
            given, base = urlsplit(address), urlsplit(api)
            allowed = (given.scheme, given.netloc.lower()) in _hosts(
                base.scheme, base.netloc.lower()
            )
        except ValueError:
            allowed = False
        if not allowed or any(character <= " " or character == "\\" for character in address):
            raise ServiceRefusedError(ODD_ADDRESS)
        return cls(address)


def _hosts(scheme: str, host: str) -> set[tuple[str, str]]:
    """Scheme and host, with a port where it is an unusual one."""
    hooks = {("https", HOOKS)}
    if not f".{host}".endswith(SLACK):
        return hooks | {(scheme, host)}
    if f".{host}".endswith(".slack-gov.com"):
        return {("https", "hooks.slack-gov.com")}
    return hooks
