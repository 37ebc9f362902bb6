"""Find what running models would take: the region, sizes that fit, their prices and the quota."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from services import planning
from services.azureml.client import AzureML
from services.catalog.cached import Cached
from services.clock import Clock
from services.errors import (
    ErrorText,
    NotConfiguredError,
    ServiceError,
    TemporaryError,
    UserError,
)
from services.index import Filters, Running
from services.models import MinimumSize, Model, Quota, VmSize
from services.prices import DEFAULT_REGION

QUOTA_SECONDS = 60.0  # real, for which the quota counts as known
QUOTA_AGAIN = 15.0  # real, after Azure could not say
QUOTA_OLDEST = 600.0  # real: what may still stand beside a hit; a plan always asks again
QUOTA_WAIT = 3.0  # real, for `fits:quota`
MOST_KEPT = 20_000  # kinds of models whose sizes are remembered

QUOTA_UNKNOWN = "QuotaUnknown"  # the code of both errors
UNKNOWN_QUOTA = ErrorText(
    code=QUOTA_UNKNOWN,
    what="I cannot tell what fits the quota now",
    why="{reason}",
    advice="Try again in a moment, or leave out `fits:quota`.",
)
UNKNOWN_QUOTA_SLOW = ErrorText(
    code="QuotaUnknownInTime",
    what="I cannot tell what fits the quota now",
    why="Azure did not say within {seconds:g} seconds what is left.",
    advice="Try again in a moment, or leave out `fits:quota`.",
)
QUOTA_LEFT_UNKNOWN = "Quota left is not known: {reason}"
QUOTA_LEFT_SLOW = "Quota left is not known: Azure did not say within {seconds:g} seconds."

Test = Callable[[VmSize], bool]
_Kind = tuple[tuple[str, ...], MinimumSize | None, int | None, str, str]


class Usable:
    """The sizes on which models can be deployed today, cheapest first; remembered, thread-safe.

    Models that state the same run on the same, so a catalog of 12,000 has a few hundred kinds.

    Args:
        sizes: the table of sizes by name.
        clock: simulated time, for sizes that are retired by now.
    """

    def __init__(self, sizes: Mapping[str, VmSize], clock: Clock) -> None:
        self._sizes = sizes
        self._clock = clock
        self._kept: dict[_Kind, tuple[VmSize, ...]] = {}

    def sizes(self, model: Model, region: str = DEFAULT_REGION) -> tuple[VmSize, ...]:
        """Cheapest first, by that region's prices; () where none is known to fit.

        A model that is not offered on managed compute runs on none, and nobody knows of a model
        that only a list named.
        """
        if model.managed is False or not (model.detailed or model.sizes or model.minimum):
            return ()
        today = datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()
        kind = (model.sizes, model.minimum, model.size_bytes, region, today)
        found = self._kept.get(kind)
        if found is None:
            found = planning.usable_sizes(model, self._sizes, region, self._clock.now())
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[kind] = found
        return found

    def names(self, model: Model) -> tuple[str, ...]:
        """Their names, as the index keeps them."""
        return tuple(size.name for size in self.sizes(model))


class Costs:
    """Sizes and prices in the workspace's region, once that is known (before: the table's first).

    Args:
        azureml: the workspace.
        sizes: the table of sizes by name.
        clock: simulated time, for sizes that are retired by now.
    """

    def __init__(self, azureml: AzureML, sizes: Mapping[str, VmSize], clock: Clock) -> None:
        self._azureml = azureml
        self._sizes = sizes
        self._usable = Usable(sizes, clock)
        self._clock = clock
        self._quota = Cached(self._read, seconds=QUOTA_SECONDS, again=QUOTA_AGAIN)
        self.region = DEFAULT_REGION

    def cheapest(self, model: Model) -> VmSize | None:
        """The cheapest size the model can be deployed on today, None when there is none."""
        return next(iter(self.usable(model)), None)

    def usable(self, model: Model) -> tuple[VmSize, ...]:
        """Every size the model can be deployed on today, cheapest first."""
        return self._usable.sizes(model, self.region)

    def quota(self) -> tuple[tuple[Quota, ...] | None, str]:
        """The quota where the workspace is, read now, or why it is not known."""
        try:
            quota = self._read()
        except (UserError, TemporaryError) as error:
            return None, QUOTA_LEFT_UNKNOWN.format(reason=error.what)
        self._quota.learn(quota)
        return quota, ""

    def quota_within(self, seconds: float) -> tuple[tuple[Quota, ...] | None, str]:
        """The quota, not older than a minute, or why it is not known by then.

        Args:
            seconds: real ones that may be waited.
        """
        try:
            return self._quota.within(seconds), ""
        except TimeoutError:
            return None, QUOTA_LEFT_SLOW.format(seconds=seconds)
        except (UserError, TemporaryError) as error:
            return None, QUOTA_LEFT_UNKNOWN.format(reason=error.what)

    def quota_known(self) -> tuple[Quota, ...] | None:
        """The quota as last read, if that is not long ago; never waits, asks in the background."""
        return self._quota.known(QUOTA_OLDEST) if self._azureml.configured else None

    def narrowed(self, filters: Filters, running: Running) -> Filters:
        """The filters with what models are to run on turned into the sizes that count.

        One size has to be everything at once: without a GPU, cheap enough, and within the quota.

        Raises:
            UserError: the quota is asked for and Azure cannot say, or not in time.
        """
        wanted, unwanted = self._tests(running)
        sizes = self._sizes.values()
        on = frozenset(size.name for size in sizes if all(test(size) for test in wanted))
        never = frozenset(size.name for size in sizes if any(test(size) for test in unwanted))
        return replace(
            filters, runs_on=on if wanted else None, never_on=never if unwanted else None
        )

    def fits(self, size: VmSize, quota: tuple[Quota, ...] | None) -> bool | None:
        """Whether one instance fits the quota, Azure's reserve included; None: not known."""
        left = planning.cores_left(quota, size.family)
        return None if left is None else planning.cores_needed(size, 1) <= left

    def _tests(self, running: Running) -> tuple[list[Test], list[Test]]:
        """Return the tests that one size must pass, and those that none may pass."""
        wanted: list[Test] = []
        unwanted: list[Test] = []
        if running.cpu is not None:
            (wanted if running.cpu else unwanted).append(lambda size: size.gpus == 0)
        if running.gpu is not None:
            (wanted if running.gpu else unwanted).append(lambda size: size.gpus > 0)
        most = running.under
        if most is not None:
            wanted.append(lambda size: _costs_at_most(size.price(self.region), most))
        if running.fits:
            quota = self._quota_in_time()
            wanted.append(lambda size: self.fits(size, quota) is True)
        return wanted, unwanted

    def _quota_in_time(self) -> tuple[Quota, ...]:
        wait = self._clock.while_people_wait(QUOTA_WAIT)
        try:
            return self._quota.within(wait)
        except TimeoutError as error:
            raise UserError(UNKNOWN_QUOTA_SLOW, seconds=wait, code=QUOTA_UNKNOWN) from error
        except NotConfiguredError:
            raise
        except ServiceError as error:
            raise UserError(UNKNOWN_QUOTA, reason=error.what) from error

    def _read(self) -> tuple[Quota, ...]:
        """Ask Azure.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        self.region = self._azureml.endpoints.region() or self.region
        return self._azureml.endpoints.quota()


def _costs_at_most(price: float | None, most: float) -> bool:
    return price is not None and price <= most
