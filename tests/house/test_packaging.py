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
    """The Python files that are to be installed, relative to the checkout."""
    files = (file for folder in FOLDERS for file in (CHECKOUT / folder).rglob("*.py"))
    return {file.relative_to(CHECKOUT).as_posix() for file in files}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel_files(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_packages_are_the_folders_that_hold_python_files(project):
    folders = {str(PurePosixPath(file).parent).replace("/", ".") for file in sources()}
    assert project["tool"]["setuptools"]["packages"] == sorted(f"ptatlas.{folder}" for folder in folders)


def test_the_wheel_holds_every_source_file_under_the_namespace(wheel_files):
    python_files = {name for name in wheel_files if name.endswith(".py")}
    assert python_files == {f"ptatlas/{name}" for name in sources()}


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


def test_an_installed_wheel_is_imported_from_where_it_was_installed(wheel, tmp_path):
    pip("install", "--no-deps", "--no-index", "--target", str(tmp_path), str(wheel))
    program = "import sys; sys.path.insert(0, sys.argv[1]); import ptatlas.core; print(ptatlas.core.__file__)"
    # -S: without the site-packages, where the checkout itself is installed for development.
    command = [sys.executable, "-IS", "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == tmp_path / "ptatlas" / "core" / "__init__.py"


def test_the_version_that_is_told_is_the_one_that_is_built(project):
    assert project["project"]["version"] == VERSION


def test_the_change_log_begins_with_the_version_that_is_built(project):
    versions = re.findall(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == project["project"]["version"]
