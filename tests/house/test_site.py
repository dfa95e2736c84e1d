"""The documentation as a site: `make docs`, of the present checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import spelled

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
# What a browser fetches for a page by itself; a link is not.
FETCHED = re.compile(r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=\"?((?:https?:)?//[^\" >]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built without a warning: pages, links and anchors are all there."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_the_page_of_a_command_has_its_calls_and_options(site):
    for command in COMMANDS:
        page = (site / "reference" / f"{command.name}.html").read_text()
        for option in command.options_of():
            assert f"<code>{spelled(option)}</code>" in page
        assert all(f"{command.name} {call.name}" in page for call in command.calls)


def test_links_to_files_outside_of_the_documentation_lead_to_them_on_the_site(site):
    assert 'href="examples/demo.yar"' in (site / "commands.html").read_text()
    assert (site / "examples" / "demo.yar").read_bytes() == (CHECKOUT / "examples" / "demo.yar").read_bytes()
    assert 'href="tutorial.html"' in (site / "index.html").read_text()


def test_every_decision_stands_in_the_navigation(site):
    first = (site / "index.html").read_text()
    for note in (CHECKOUT / "docs" / "decisions").glob("[0-9]*.md"):
        assert f'href="decisions/{note.stem}.html"' in first


def test_a_page_asks_nothing_of_other_servers(site):
    fetched = {path.name: FETCHED.findall(path.read_text()) for path in site.rglob("*.html")}
    assert {name: found for name, found in fetched.items() if found} == {}
