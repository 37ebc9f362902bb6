"""Kinds of operations: all that the tables, the runtime and a replay need to know of each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.models import Operation, OperationPlan, OperationResult, Step

P = TypeVar("P", bound=OperationPlan)
R = TypeVar("R", bound=OperationResult)

Workflow = Callable[[str, str], Coroutine[Any, Any, dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationKind(Generic[P, R]):
    """One kind of durable work. A new one is declared beside its workflow and registered once.

    Attributes:
        name: stored with every operation, so it never changes (`deploy`).
        prefix: of its operations' ids (`dep`).
        plan: the type of its plans; the name of the type is stored with each.
        result: the type of its results.
        steps: the steps that people see before the first one has begun.
        workflow: the durable function, from an operation's id and the boot that starts it.
    """

    name: str
    prefix: str
    plan: type[P]
    result: type[R]
    steps: Callable[[P], tuple[Step, ...]]
    workflow: Workflow

    def check(self, plan: OperationPlan) -> P:
        """Return the plan as one of this kind.

        Raises:
            TypeError: it is of another kind.
        """
        if not isinstance(plan, self.plan):
            raise TypeError(f"a {type(plan).__name__} is no plan of {self.name}")
        return plan

    def plan_of(self, operation: Operation) -> P:
        """Return the operation's plan.

        Raises:
            TypeError: it is of another kind.
        """
        return self.check(operation.plan)

    def result_of(self, operation: Operation) -> R | None:
        """Return what the operation has achieved, None before that."""
        return operation.result if isinstance(operation.result, self.result) else None


class Kinds(Mapping[str, OperationKind[Any, Any]]):
    """The registered kinds by name.

    Raises:
        ValueError: two kinds share a name, a prefix or a type of plan.
    """

    def __init__(self, *kinds: OperationKind[Any, Any]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._by_plan = {kind.plan.__name__: kind for kind in kinds}
        prefixes = {kind.prefix for kind in kinds}
        if not len(kinds) == len(self._kinds) == len(self._by_plan) == len(prefixes):
            raise ValueError(f"kinds share a name, a prefix or a plan: {list(self._kinds)}")

    def __getitem__(self, name: str) -> OperationKind[Any, Any]:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def with_plan(self, type_name: str) -> OperationKind[Any, Any]:
        """Return the kind whose plans are of that type.

        Raises:
            KeyError: none is.
        """
        return self._by_plan[type_name]

    def of(self, plan: OperationPlan) -> OperationKind[Any, Any]:
        """Return the kind of that plan."""
        return self._by_plan[type(plan).__name__]
