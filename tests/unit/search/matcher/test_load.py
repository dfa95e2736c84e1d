"""Which library is taken, and what is said where there is none."""

from __future__ import annotations

import sys

import pytest
from ptatlas.core.search.matcher import load as module
from ptatlas.core.search.matcher.load import is_exact, load_from, load_library
from support.compile import compile_c
from support.matching import library


@pytest.mark.parametrize(
    ("version", "exact"),
    [
        ("5.4.0 2021-01-26", True),
        ("5.4.2 2023-08-06", True),
        ("5.1.1 2019-05-01", True),
        ("5.4.9", False),
        ("5.4.12 2026-10-08", False),
        ("5.5.0 2023-01-01", False),
        ("6.0.0", False),
        ("", False),
    ],
)
def test_hyperscan_is_taken_and_vectorscan_is_not(version, exact):
    assert is_exact(version) == exact


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("PTATLAS_HYPERSCAN", "off")
    assert load_library() == (None, "PTATLAS_HYPERSCAN is off")


def test_the_one_that_is_named_is_the_only_one(monkeypatch):
    monkeypatch.setenv("PTATLAS_HYPERSCAN", "/nowhere/libhs.so")
    assert load_library() == (None, "no /nowhere/libhs.so")


def test_what_is_installed_says_where_it_is_and_its_version():
    version = library().version
    assert is_exact(version)
    assert load_library().reason.endswith(f", version {version}")


def test_a_machine_without_one_says_what_it_lacks(monkeypatch):
    monkeypatch.delenv("PTATLAS_HYPERSCAN", raising=False)
    monkeypatch.setattr(module, "_SONAME", "libnothing.so.5")
    monkeypatch.setattr(module, "_PACKAGE", "nothing_of_this_name")
    assert load_library() == (None, "no libnothing.so.5")


def test_nothing_is_loaded_from_the_present_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("PTATLAS_HYPERSCAN", raising=False)
    monkeypatch.setattr(module, "_SONAME", "libnothing.so.5")
    (tmp_path / "hyperscan").mkdir()
    (tmp_path / "hyperscan" / "_ext.cpython-311.so").write_bytes(b"no library")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [".", ""])
    assert load_library() == (None, "no libnothing.so.5")
    monkeypatch.setattr(sys, "path", [".", str(tmp_path)])
    assert "_ext.cpython-311.so" in load_library().reason


def test_another_library_is_none():
    assert load_from("libc.so.6") == (None, "libc.so.6 is no Hyperscan")


OTHER = """
const char *hs_version(void) { return "%s"; }
int hs_valid_platform(void) { return %d; }
void hs_free_database(void) {}
void hs_free_scratch(void) {}
void hs_free_compile_error(void) {}
void hs_scan(void) {}
"""


@pytest.mark.parametrize(
    ("version", "valid", "reason"),
    [
        pytest.param("5.4.2 2023-04-19", -12, "can't run on this processor", id="without SSSE3"),
        pytest.param("5.4.11", 0, "is Vectorscan 5.4.11, which may miss matches", id="Vectorscan"),
    ],
)
def test_one_that_does_not_do_is_left_alone(tmp_path, version, valid, reason):
    path = compile_c(OTHER % (version, valid), tmp_path, "-shared", "-fPIC")
    assert load_from(str(path)) == (None, f"{path} {reason}")
