"""What is built and installed is what the checkout holds."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest
from ptatlas.core.version import VERSION
from support.wheel import FOLDERS, pip

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]


def sources() -> set[str]:
    """The Python files that are to be installed: one folder is the namespace itself, the others are in it."""
    files = (file for folder in FOLDERS for file in (CHECKOUT / folder).rglob("*.py"))
    names = (file.relative_to(CHECKOUT).as_posix() for file in files)
    return {name if name.startswith("ptatlas/") else f"ptatlas/{name}" for name in names}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel_files(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_packages_are_the_folders_that_hold_python_files(project):
    folders = {str(PurePosixPath(file).parent).replace("/", ".") for file in sources()}
    assert project["tool"]["setuptools"]["packages"] == sorted(folders)


def test_the_wheel_holds_every_source_file_under_the_namespace(wheel_files):
    python_files = {name for name in wheel_files if name.endswith(".py")}
    assert python_files == sources()


def test_the_wheel_holds_the_files_of_the_page(wheel_files):
    page = {file.name for file in (CHECKOUT / "core" / "render" / "page").iterdir()}
    assert {name for name in wheel_files if "/page/" in name} == {
        f"ptatlas/core/render/page/{name}" for name in page
    }


def test_the_namespace_has_no_init_of_its_own(wheel_files):
    assert "ptatlas/core/__init__.py" in wheel_files
    assert "ptatlas/__init__.py" not in wheel_files


def test_the_wheel_needs_only_the_three_pure_libraries_to_run(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needed = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist")
    at_run_time = {re.match(r"[\w-]+", line).group().lower() for line in needed if "extra ==" not in line}
    assert at_run_time == {"pyelftools", "pygments", "tabulate"}


def test_the_wheel_carries_the_licence(wheel_files):
    assert any(name.endswith("LICENSE") for name in wheel_files)


def told_version(folder: Path, *options: str) -> str:
    """Return what `python -m ptatlas` says there; `-S`: without site-packages, where the checkout is."""
    command = [sys.executable, *options, "-m", "ptatlas", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout


def test_an_installed_wheel_runs_from_where_it_was_installed(wheel, tmp_path):
    pip("install", "--no-deps", "--no-index", "--target", str(tmp_path), str(wheel))
    assert told_version(tmp_path, "-S").startswith(f"ptatlas {VERSION}, loaded from {tmp_path / 'ptatlas'}, ")


@pytest.mark.parametrize("options", [(), ("-S",)], ids=["installed for development", "not installed"])
def test_a_checkout_runs_by_the_same_name(options):
    assert told_version(CHECKOUT, *options).startswith(f"ptatlas {VERSION}, loaded from {CHECKOUT}, ")


def test_the_version_that_is_told_is_the_one_that_is_built(project):
    assert project["project"]["version"] == VERSION


def test_the_change_log_begins_with_the_version_that_is_built(project):
    versions = re.findall(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == project["project"]["version"]
