"""What serves is kept from the garbage collector, and what is made while serving is not."""

import gc
import weakref

from alarmd.memory import kept


class _Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.self = self


def test_the_collector_does_not_look_at_what_was_there_before() -> None:
    there_before = len(gc.get_objects())
    threshold = gc.get_threshold()
    with kept():
        assert len(gc.get_objects()) < there_before / 10
        assert gc.get_threshold()[0] > threshold[0]
    assert len(gc.get_objects()) > there_before / 2
    assert gc.get_threshold() == threshold


def test_nothing_stays_kept_in_whatever_order_two_end() -> None:
    threshold = gc.get_threshold()
    first, second = kept(), kept()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == threshold
    assert gc.get_freeze_count() == 0


def test_garbage_that_is_made_while_serving_is_freed() -> None:
    with kept():
        knot = weakref.ref(_Knot())
        gc.collect()
        assert knot() is None


def test_what_was_kept_can_be_freed_afterwards() -> None:
    knot = _Knot()
    seen = weakref.ref(knot)
    with kept():
        del knot
        gc.collect()
        assert seen() is not None
    gc.collect()
    assert seen() is None
