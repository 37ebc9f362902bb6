"""The price table: what virtual machine sizes cost, by Azure's retail prices of 2026-06-18."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from services.models import VmSize

HOURS_A_MONTH = 730
DATE = "2026-06-18"  # ISO, when the prices of the table were read
SOURCE = "Azure's retail prices"  # Linux, pay as you go; the Azure Retail Prices API
DEFAULT_REGION = "eastus"  # prices are shown for it until the workspace's own region is known


@cache
def load_sizes() -> Mapping[str, VmSize]:
    """The bundled table by canonical name (`Standard_DS3_v2`), cheapest names first by spelling."""
    text = resources.files("services.data").joinpath("sizes.jsonl").read_text(encoding="utf-8")
    sizes = [_size(json.loads(line)) for line in text.splitlines() if line.strip()]
    return MappingProxyType(
        {size.name: size for size in sorted(sizes, key=lambda machine: machine.name)}
    )


def _size(row: Mapping[str, Any]) -> VmSize:
    prices = row["usd_per_hour_linux_payg"].items()
    return VmSize(
        name=row["name"],
        vcpus=row["vcpu"],
        memory_gib=row["memory_gib"],
        gpus=row["gpus"],
        family=row["managed_endpoint_family"] or row["arm_sku_family"],
        managed_endpoint=row["managed_endpoint_supported"],
        reserve_exempt=row["skip_20pct_reservation"],
        retired=row["retirement"],
        usd_per_hour=tuple((region, price) for region, price in prices if price is not None),
    )
