"""Record what Slack sent: noted once, kept until it is answered, taken over from bots that died."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from services.store.tables import SEEN, insert_or_ignore

_KEPT = 24 * 3600.0  # real seconds; Slack repeats an event for about an hour
_WORTH = 3600.0  # real seconds after which nobody waits for an answer any more
_PRUNE_EVERY = 500


class SeenTable:
    """Times here are real, not simulated: they are Slack's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._since_pruning = _PRUNE_EVERY  # once soon after the start

    def check(
        self,
        key: str,
        *,
        said: dict[str, Any] | None = None,
        boot: str = "",
        now: float | None = None,
    ) -> bool:
        """Note the key; True when it had been noted before, by any bot.

        Args:
            key: the same for every delivery.
            said: what is to be answered; kept until `answered`.
            boot: names the process that answers it.
            now: real seconds, for tests.
        """
        at = time.time() if now is None else now
        row = {"key": key, "at": at, "said": said, "boot": boot}
        with self._engine.begin() as connection:
            new = insert_or_ignore(connection, SEEN, row)
            self._since_pruning += 1
            if self._since_pruning > _PRUNE_EVERY:
                self._since_pruning = 0
                connection.execute(sa.delete(SEEN).where(SEEN.c.at < at - _KEPT))
        return not new

    def prune(self, now: float | None = None) -> None:
        """Forget what Slack does not repeat any more (real seconds)."""
        at = time.time() if now is None else now
        with self._engine.begin() as connection:
            connection.execute(sa.delete(SEEN).where(SEEN.c.at < at - _KEPT))

    def answered(self, key: str) -> None:
        """Forget what was said; that it was seen stays known."""
        with self._engine.begin() as connection:
            connection.execute(sa.update(SEEN).where(SEEN.c.key == key).values(said=None))

    def rewrite(self, key: str, said: dict[str, Any]) -> None:
        """Keep something else of what was said."""
        with self._engine.begin() as connection:
            connection.execute(sa.update(SEEN).where(SEEN.c.key == key).values(said=said))

    def forget(self, key: str) -> None:
        """Let it count as never seen."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(SEEN).where(SEEN.c.key == key))

    def take_over(
        self, boot: str, alive: Iterable[str], *, now: float | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return what gone processes did not answer, by key; it belongs to `boot` from now on."""
        at = time.time() if now is None else now
        left = sa.and_(
            SEEN.c.said.is_not(None),
            SEEN.c.boot.not_in([boot, *alive]),
            SEEN.c.at > at - _WORTH,
        )
        with self._engine.connect() as connection:
            keys = tuple(connection.execute(sa.select(SEEN.c.key).where(left)).scalars())
        taken = {}
        for key in keys:
            taking = sa.update(SEEN).where(SEEN.c.key == key, left).values(boot=boot)
            with self._engine.begin() as connection:
                if connection.execute(taking).rowcount:  # else another bot was faster
                    query = sa.select(SEEN.c.said).where(SEEN.c.key == key)
                    taken[key] = dict(connection.execute(query).scalar_one())
        return taken
