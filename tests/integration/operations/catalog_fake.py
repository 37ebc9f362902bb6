"""Models by name, as the catalog finds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.errors import NotFoundError, Suggestion
from services.models import Model, VmSize
from tests.texts import made_up


def in_registry(name: str, *tasks: str) -> Model:
    return Model(
        name=name,
        version="12",
        registry="azureml",
        asset_id=f"azureml://registries/azureml/models/{name}/versions/12",
        tasks=tasks,
        sizes=("Standard_DS3_v2", "Standard_DS4_v2"),
    )


@dataclass
class FakeCatalog:
    models: dict[str, Model] = field(default_factory=dict)

    def model(self, name: str, *, verb: str = "card") -> Model:
        for model in self.models.values():
            if name in {model.name, model.asset_id}:
                return model
        raise NotFoundError(
            made_up(f"no model {name}"), suggestions=(Suggestion(verb=verb, argument="clip"),)
        )


def a_size(name: str, cores: int, price: float) -> VmSize:
    return VmSize(
        name=name,
        vcpus=cores,
        memory_gib=cores * 4.0,
        gpus=0,
        family="f",
        managed_endpoint=True,
        reserve_exempt=False,
        retired=None,
        usd_per_hour=(("eastus", price),),
    )


SIZES = {
    "Standard_DS3_v2": a_size("Standard_DS3_v2", 4, 0.29),
    "Standard_DS4_v2": a_size("Standard_DS4_v2", 8, 0.58),
}
