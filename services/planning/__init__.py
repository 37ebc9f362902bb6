"""Rules of deploying and importing, without I/O: names, sizes, quota, licences, checks."""

from __future__ import annotations

from services.planning.checklist import caution, import_checks
from services.planning.cluster_quota import size_with_quota
from services.planning.deployment import MOST_INSTANCES, plan_deployment
from services.planning.findings import Findings
from services.planning.imports import (
    HANDBOOK_TASKS,
    IMPORT_SIZE,
    IMPORT_TASKS,
    KNOWN_TASKS,
    disk_needed,
    hub_id,
    import_size,
    import_task,
    model_name_of,
)
from services.planning.licences import is_noncommercial, licence_class
from services.planning.loading import loading
from services.planning.names import (
    check_endpoint_name,
    deployment_name,
    endpoint_name,
    unnumbered,
)
from services.planning.samples import sample_input
from services.planning.sizes import (
    NO_LIMIT,
    cores_left,
    cores_needed,
    find_size,
    known_size,
    same_family,
    usable_sizes,
)

__all__ = [
    "HANDBOOK_TASKS",
    "IMPORT_SIZE",
    "IMPORT_TASKS",
    "KNOWN_TASKS",
    "MOST_INSTANCES",
    "NO_LIMIT",
    "Findings",
    "caution",
    "check_endpoint_name",
    "cores_left",
    "cores_needed",
    "deployment_name",
    "disk_needed",
    "endpoint_name",
    "find_size",
    "hub_id",
    "import_checks",
    "import_size",
    "import_task",
    "is_noncommercial",
    "known_size",
    "licence_class",
    "loading",
    "model_name_of",
    "plan_deployment",
    "same_family",
    "sample_input",
    "size_with_quota",
    "unnumbered",
    "usable_sizes",
]
