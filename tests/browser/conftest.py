"""One headless browser for all tests of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ptatlas.core.sources import BufferArea
from support.browser import Browser
from support.targets import over


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser; it ends with the tests."""
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, whose console must stay silent."""
    chromium.console()
    yield chromium
    assert chromium.console() == []


@pytest.fixture
def write_page(tmp_path: Path) -> Callable[..., Path]:
    """Write the page of the areas in a buffer; return its file."""

    def write(*pieces: BufferArea) -> Path:
        page = tmp_path / "map.html"
        over(*pieces).run(f"pt-maps --html {page}")
        return page

    return write
