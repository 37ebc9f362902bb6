"""Why a job has no machine yet, as its cluster tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.models import Cluster, Job, JobStep
from services.workflows.machines import told, waits

# Wordings as Azure has sent them to people.
CORES = (
    "Operation results in exceeding quota limits of Core. Maximum allowed: 0, Current in use: 0, "
    "Additional requested: 4."
)
NODES = (
    "The specified subscription has a Standard DSv2 family vCPU quota of 0 and cannot accomodate "
    "for at least 1 requested managed compute node which maps to 4 vCPUs."
)
FULL = "Allocation failed. We do not have sufficient capacity for the requested VM size."
CLUSTER = Cluster(
    name="c", kind="AmlCompute", size="Standard_DS12_v2", state="Succeeded", machines=0, most=1
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"troubles": (("ClusterCoreQuotaReached", CORES),)}, "quota. The workspace's quota"),
        ({"troubles": (("ClusterCoreQuotaReached", CORES),)}, "needs 4 cores; 0 of 0 are left"),
        ({"troubles": (("ClusterMinNodesExceedCoreQuota", NODES),)}, "needs 4 cores; 0 are"),
        ({"troubles": (("SomethingQuotaReached", "Ask support."),)}, "quota. Azure reports"),
        ({"troubles": (("", CORES),)}, "quota. "),
        ({"troubles": (("AllocationFailed", FULL),)}, "no such machine free in this region now"),
        ({"troubles": (("NodeSetupFailed", "The subnet is full."),)}, "The subnet is full."),
        ({"state": "Failed", "error": "Subnet is gone"}, "has failed. Subnet is gone. Mend"),
        ({"state": "Failed"}, "has failed. Mend"),
        ({"state": "Deleting"}, "is being deleted"),
        ({"power": "Stopped"}, "c is stopped. Start it"),
        ({"most": 0}, "its largest number is 0"),
        ({"resizing": True}, "Azure is starting one."),
        ({"machines": 1, "at_work": 1}, "the one machine of c works for another job"),
        ({"machines": 4, "at_work": 4, "most": 4}, "all 4 machines of c"),
        ({"taken_back": 1, "resizing": True}, "Azure took it back"),
        ({"troubles": (("AllocationFailed", FULL),), "resizing": True}, "no such machine"),
    ],
)
def test_the_reason_is_said(changes: dict[str, Any], words: str) -> None:
    assert words in told(replace(CLUSTER, **changes), "c", waited=0.0)


def test_a_cluster_that_is_gone_is_said() -> None:
    assert "the cluster c is gone" in told(None, "c", waited=0.0)


def test_a_short_wait_needs_no_reason_and_a_long_one_does() -> None:
    assert "" == told(CLUSTER, "c", waited=60.0)
    assert "gives no reason" in told(CLUSTER, "c", waited=7_200.0)


@pytest.mark.parametrize(
    ("status", "steps", "waiting"),
    [
        ("Queued", (), True),
        ("Preparing", (), True),
        ("NotStarted", (), True),
        ("Running", ("NotStarted",), True),
        ("Running", ("Queued", "NotStarted"), True),
        ("Running", ("Completed", "Queued"), True),
        ("Running", ("Completed", "Preparing"), True),
        ("Running", ("Running", "NotStarted"), False),
        ("Running", ("Completed", "Finalizing"), False),
        ("Finalizing", ("Completed", "Completed"), False),
        ("CancelRequested", ("Queued",), False),
    ],
)
def test_a_job_waits_while_nothing_of_it_is_at_work(
    status: str, steps: tuple[str, ...], *, waiting: bool
) -> None:
    rows = tuple(JobStep(name=f"s{n}", status=each) for n, each in enumerate(steps))
    assert waiting is waits(Job(name="j", status=status, steps=rows))
