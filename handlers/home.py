"""App Home: what runs, what it costs, and the first things to do."""

from __future__ import annotations

from slack_sdk import WebClient

from handlers.blocks import home as home_blocks
from handlers.blocks.elements import escape
from handlers.blocks.error import sentence
from handlers.command import Services, View
from handlers.posting import mapped
from services.clock import Clock
from services.errors import TemporaryError, UserError
from services.models import Endpoint, Reader
from services.prices import load_sizes

ASKING = "Azure takes longer than usual to tell the endpoints; they follow as soon as it does."


class Home:
    """Publishes each person's App Home when they open it.

    Args:
        client: of the bot.
        services: what is shown.
        clock: simulated time, for ages.
    """

    def __init__(self, client: WebClient, services: Services, clock: Clock) -> None:
        self._client = client
        self._services = services
        self._clock = clock

    def show(self, user: str, *, operator: bool) -> None:
        """Publish it.

        Raises:
            TemporaryError: Slack cannot be reached.
            ServiceRefusedError: Slack refuses.
        """
        self._publish(user, *self._endpoints(), operator=operator)

    def show_soon(self, user: str, *, operator: bool) -> None:
        """Publish all but the endpoints, while Azure takes long to tell them.

        Raises:
            TemporaryError: Slack cannot be reached.
            ServiceRefusedError: Slack refuses.
        """
        self._publish(user, (), ASKING, operator=operator)

    def _publish(
        self, user: str, endpoints: tuple[Endpoint, ...], note: str, *, operator: bool
    ) -> None:
        view: View = home_blocks.view(
            self._services.operations.running(Reader(user=user, operator=operator)),
            endpoints,
            load_sizes(),
            now=self._clock.now(),
            operator=operator,
            note=note,
        )
        mapped(lambda: self._client.views_publish(user_id=user, view=view))

    def _endpoints(self) -> tuple[tuple[Endpoint, ...], str]:
        try:
            return self._services.deployments.endpoints(), ""
        except UserError as error:
            return (), escape(f"{sentence(error.what)} {sentence(error.advice)}".strip())
        except TemporaryError as error:
            return (), escape(sentence(error.what))
