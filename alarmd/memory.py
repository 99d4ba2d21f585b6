"""What Python's garbage collector looks at: what is made while serving, and not what was there to serve with."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = gc.get_threshold()
_YOUNG = 3000  # objects more than were freed, until the young are looked at; Python's 700 is for smaller programs


@contextmanager
def kept() -> Iterator[None]:
    """Take all there is by now for kept: until the end the collector does not look at it.

    Libraries, routes and models are some hundred thousand objects that stay. To look through them takes the collector
    a tenth of a second, in which no press is taken in, and it would do so again and again. Afterwards all is as Python
    has it, in whatever order several end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *_USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
