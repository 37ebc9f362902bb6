"""Tells open pages what changed, so that they fetch it again."""

from __future__ import annotations

import asyncio


class Watcher:
    """The changes for one page since it last asked."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, None] = {}
        self._news = asyncio.Event()

    def tell(self, names: tuple[str, ...]) -> None:
        """Note changes; any thread may call it."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._add, names)

    async def next(self, seconds: float) -> list[str]:
        """The changes since the last call; empty after that many seconds of silence."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return []
        self._news.clear()
        names, self._names = list(self._names), {}
        return names

    def _add(self, names: tuple[str, ...]) -> None:
        for name in names:
            kind, _, whose = name.partition(":")
            if kind not in {"views", "home"} or whose == self._user:
                self._names[name] = None
        if self._names:
            self._news.set()


class Changes:
    """`messages:<channel>`, `views:<user>`, `home:<user>` and `state`, to everybody who watches."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def watch(self, user: str) -> Watcher:
        watcher = Watcher(user)
        self._watchers.add(watcher)
        return watcher

    def forget(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)

    def mark(self, *names: str) -> None:
        for watcher in tuple(self._watchers):
            watcher.tell(names)
