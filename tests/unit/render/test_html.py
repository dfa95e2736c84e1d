"""The page around a document: whole, self-contained, and closed to everything that a name could do."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ptatlas.core.commands.maps.columns import FIELDS, area_columns
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.render import html
from ptatlas.core.render.document import Document, Rows
from ptatlas.core.render.html import SCRIPTS, STYLES, html_page
from ptatlas.core.render.records import as_json


def document(*names, **tail):
    protection = Protection.parse("rw-p")
    areas = [
        Area(0x1000 * n, 0x1000 * (n + 1), protection, 0, name, "file") for n, name in enumerate(names, 1)
    ]
    columns = area_columns(FIELDS, {})
    head = {"generation": 1, "source": "test", "name": names[0] if names else None}
    return Document("ptatlas.maps/1", head, Rows("areas", areas, columns, columns), lambda: tail)


class Elements(HTMLParser):
    """The elements of a page, and the text of each script and style."""

    def __init__(self, page):
        super().__init__()
        self.found, self.texts = [], []
        self._open = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.texts.append("")
            self._open = tag

    def handle_endtag(self, tag):
        if tag == self._open:
            self._open = None

    def handle_data(self, data):
        if self._open:
            self.texts[-1] += data


def parsed(*names, **tail):
    return Elements("".join(html_page(document(*names, **tail))))


def data_of(elements):
    return json.loads(elements.texts[1])


NASTY = [
    pytest.param("</script><img src=x onerror=alert(1)>", id="an end tag"),
    pytest.param("<!-- <script>", id="what opens a script in a script"),
    pytest.param("&lt;&amp;", id="entities"),
    pytest.param("\u2028\u2029", id="line separators"),
    pytest.param("{{script}} {{data}}", id="what the template is made of"),
    pytest.param("\\\"'`${1}", id="quotes"),
    pytest.param("\x00\x1b]0;x\x07", id="control characters"),
    pytest.param("\udc80", id="a byte that is no UTF-8"),
]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_comes_back_whole_and_makes_no_element(name):
    plain, nasty = parsed("plain"), parsed(name)
    assert [tag for tag, _ in nasty.found] == [tag for tag, _ in plain.found]
    assert data_of(nasty)["areas"][0]["path"] == name
    assert data_of(nasty)["name"] == name


@pytest.mark.parametrize("name", NASTY)
def test_the_data_has_none_of_the_characters_that_markup_is_made_of(name):
    text = parsed(name).texts[1]
    assert not set("<>&\u2028\u2029\x00") & set(text)
    assert text.isascii()


def test_the_data_is_the_document_of_json():
    one = document("/bin/a", "", "[heap]", changes=[{"change": "added", "before": None, "after": None}])
    assert data_of(Elements("".join(html_page(one)))) == json.loads("".join(as_json(one)))


def test_the_page_asks_for_nothing_outside_of_itself():
    elements = parsed("/bin/a")
    for _, attributes in elements.found:
        assert not {"src", "href", "action", "srcset", "poster", "style"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    for text in elements.texts:
        assert not re.search(r"https?:|@import|url\(|\bimport\b|fetch\(|XMLHttpRequest|WebSocket", text)


def test_the_policy_forbids_all_but_the_pages_own_script_and_style():
    elements = parsed("/bin/a")
    (policy,) = (
        attributes["content"]
        for tag, attributes in elements.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    style, _, script = elements.texts
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": sha256(script),
        "style-src": sha256(style),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def sha256(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_comes_before_what_it_is_to_hold():
    tags = [(tag, attributes.get("http-equiv")) for tag, attributes in parsed("/bin/a").found]
    assert tags.index(("meta", "Content-Security-Policy")) < tags.index(("style", None))


def test_every_file_of_the_page_is_in_it():
    files = {file.name for file in (Path(html.__file__).parent / "page").iterdir()}
    assert files == {*STYLES, *SCRIPTS, "page.html"}


def test_no_script_makes_markup_of_text():
    script = parsed("/bin/a").texts[2]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\(", script
    )


def test_the_page_comes_in_pieces_as_its_rows_do():
    asked = []

    def rows():
        for number in range(1, 1001):
            asked.append(number)
            yield Area(0x1000 * number, 0x1000 * number + 0x1000, path="x")

    columns = area_columns(FIELDS, {})
    pieces = html_page(Document("ptatlas.maps/1", {}, Rows("areas", rows(), columns, columns)))
    for piece in pieces:
        if '"areas"' in piece:
            break
    assert len(asked) < 10
    assert "".join(pieces).rstrip().endswith("</html>")
    assert len(asked) == 1000
