from __future__ import annotations

import gc

import pytest

from services.loading import loading


def test_nothing_is_collected_while_loading_and_what_is_there_stays_out_of_sight() -> None:
    before = gc.get_freeze_count()

    with loading():
        during = gc.isenabled()
        loaded = [object()]

    assert (False, True) == (during, gc.isenabled())
    assert gc.get_freeze_count() > before
    assert not any(seen is loaded for seen in gc.get_objects())


def test_a_package_that_cannot_be_loaded_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError

    assert gc.isenabled()
