"""How single values look."""

import pytest
from ptatlas.core.render.fields import ADDRESS, BLANK, SIZE, TEXT, Column, readable_size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        pytest.param(0, "0", id="nothing"),
        pytest.param(700, "700", id="bytes"),
        pytest.param(4096, "4K", id="a page"),
        pytest.param(0x21000, "132K", id="a heap"),
        pytest.param(3 << 29, "1536M", id="one and a half gigabytes, exactly"),
        pytest.param(1 << 47, "128T", id="half of an address space"),
        pytest.param(0x201BA000, "513.7M", id="many kilobytes, rounded"),
        pytest.param(45812324888 << 10, "42.7T", id="a gap"),
        pytest.param((1 << 64) - 1, "16.0E", id="nearly everything"),
    ],
)
def test_a_size_is_exact_unless_it_has_a_decimal_point(size, text):
    assert readable_size(size) == text


def test_an_address_is_a_hexadecimal_string_in_documents_so_that_no_reader_rounds_it():
    assert ADDRESS.json(0xFFFFFFFFFF600000) == "0xffffffffff600000"


def test_a_size_is_a_number_in_documents():
    assert SIZE.json(4096) == 4096


def test_what_is_not_known_is_a_question_mark_in_tables_and_null_in_documents():
    unknown = Column("offset", SIZE, lambda _row: None)
    assert (unknown.text(object()), unknown.json(object())) == ("?", None)


def test_what_a_row_does_not_have_is_blank_in_tables_and_null_in_documents():
    missing = Column("section", TEXT, lambda _row: BLANK)
    assert (missing.text(object()), missing.json(object())) == ("", None)


class Named(str):
    """A text that is equal to another, and is shown otherwise."""


def test_equal_values_of_other_types_have_texts_of_their_own():
    kind = TEXT._replace(text=lambda value: f"{type(value).__name__} {value}")
    texts = Column("value", kind, lambda row: row).texts([1, True, 1.0, "a", Named("a"), None, BLANK])
    assert texts == ["int 1", "bool True", "float 1.0", "str a", "Named a", "?", ""]
