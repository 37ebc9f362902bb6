from __future__ import annotations

from datetime import date

from services import prices


def test_the_table_knows_every_size_by_its_name() -> None:
    sizes = prices.load_sizes()
    assert 64 == len(sizes)
    assert 0.293 == sizes["Standard_DS3_v2"].price("eastus")


def test_a_size_without_a_price_somewhere_has_none() -> None:
    size = prices.load_sizes()["Standard_ND96isr_H100_v5"]
    assert size.price("southeastasia") is None
    assert size.price("atlantis") is None


def test_every_family_of_the_endpoint_list_is_the_endpoints_spelling() -> None:
    sizes = prices.load_sizes()
    assert "standardNDv5H100Family" == sizes["Standard_ND96isr_H100_v5"].family
    assert "standardDv2Family" == sizes["Standard_D12_v2"].family


def test_the_table_says_how_old_it_is() -> None:
    assert date(2026, 6, 18) == date.fromisoformat(prices.DATE)
