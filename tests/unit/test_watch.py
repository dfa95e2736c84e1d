"""One value by which long work is watched."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import Interrupted
from ptatlas.core.watch import UNWATCHED, Progress, Watch


def test_work_goes_on_while_nobody_interrupts():
    UNWATCHED.check()
    UNWATCHED.show(Progress(1, 2))
    assert not UNWATCHED.is_interrupted()


def test_interrupted_work_ends_with_what_it_says_of_itself():
    with pytest.raises(Interrupted, match="the search was interrupted") as raised:
        Watch(lambda: True).check("the search was interrupted", hint="go on with --from")
    assert raised.value.hint == "go on with --from"


def test_progress_goes_to_whoever_watches():
    heard: list[Progress] = []
    Watch(show=heard.append).show(Progress(1, 2, 3))
    assert heard == [Progress(1, 2, 3, "hit")]
