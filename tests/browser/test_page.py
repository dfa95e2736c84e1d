"""The page of pt-maps --html in a headless Chromium, opened as a file."""

from __future__ import annotations

import re
import socket

import pytest
from ptatlas.core.commands.maps.columns import FIELDS, area_columns
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.render.document import Document, Rows
from ptatlas.core.render.html import html_page
from ptatlas.core.sources import BufferArea
from ptatlas.core.sources.procfs import process_target
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from support.shell import Shell

MEGABYTE = 1 << 20
# Two neighbours of one size, a hole too large to be drawn to scale, and one more: the first fills nearly the
# left third of the picture, the second the next one.
AREAS = (
    BufferArea(0x1000_0000, b"", "r-xp", "/usr/lib/libone.so.1", 0, "module", MEGABYTE),
    BufferArea(0x1010_0000, b"", "rw-p", "[heap]", 0, "heap", MEGABYTE),
    BufferArea(0x7F00_0000_0000, b"", "r--p", "/usr/share/two.dat", 0x3000, "file", MEGABYTE),
)


@pytest.fixture
def page(browser, write_page):
    """The browser with the page of AREAS open."""
    browser.open(write_page(*AREAS))
    return browser


def starts(browser, grid="#areas-grid"):
    """The first cell of each row in sight."""
    return [cell.text for cell in browser.find_all(f"{grid} .body [role=row] [role=gridcell]:first-child")]


def facts(browser):
    """What is said of the selected area."""
    names, texts = (browser.find_all(f"#selected {tag}") for tag in ("dt", "dd"))
    return {name.text: text.text for name, text in zip(names, texts)}


def selected(browser):
    """The start of the selected area, or None."""
    return facts(browser).get("start")


def search(browser, text):
    field = browser.find("#search")
    field.clear()
    field.send_keys(text)


def at_picture(browser, share):
    """A pointer at a share of the picture's width, in the middle of its height."""
    canvas = browser.find("#picture")
    across = round((share - 0.5) * canvas.size["width"])
    return ActionChains(browser.driver).move_to_element_with_offset(canvas, across, 0)


def press(browser, *keys):
    """Type keys at whatever has the focus."""
    ActionChains(browser.driver).send_keys(*keys).perform()


def focused(browser):
    return browser.run(
        """const one = document.activeElement;
        return one.id || one.ariaLabel || one.textContent || `${one.name}=${one.value}`;"""
    )


def colours_at(browser, *points):
    """The colours of the picture at points, each a share of its width and of its height."""
    return browser.run(
        """const canvas = document.querySelector("#picture");
        const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const pen = copy.getContext("2d", {willReadFrequently: true});
        pen.drawImage(canvas, 0, 0);
        return arguments[0].map(([x, y]) =>
          [...pen.getImageData(canvas.width * x, canvas.height * y, 1, 1).data].slice(0, 3));""",
        points,
    )


def colour_at(browser, share):
    return colours_at(browser, (share, 1 / 3))[0]


def colour_of(browser, name):
    """A colour of the style sheet, as colours_at gives it."""
    text = browser.run(
        "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0]).trim()", name
    )
    return list(bytes.fromhex(text[1:]))


# --- what is there ---------------------------------------------------------------------------------


def test_says_of_what_it_is_a_map(page):
    assert "3 areas, 3M" in page.text("#facts")
    assert [row.text.split() for row in page.find_all("#totals tbody tr")] == [
        ["module", "1", "1M", "1M"],
        ["heap", "1", "1M", "1M"],
        ["file", "1", "1M", "1M"],
    ]
    assert starts(page) == ["0x10000000", "0x10100000", "0x7f0000000000"]


def test_a_large_hole_is_folded_and_said_to_be(page):
    assert "1 large hole folded" in page.text("#range")
    # The hole is four million times as large as what is mapped; the areas have nearly all of the width.
    colours = [colour_at(page, share) for share in (0.15, 0.45, 0.85)]
    assert len({tuple(colour) for colour in colours}) == 3
    at_picture(page, 0.67).perform()
    assert "folded, not to scale" in page.text("#tip")


def test_an_address_space_without_areas_has_a_page(browser, write_page):
    browser.open(write_page())
    assert browser.text("#count") == "0 areas, 0 bytes"


@pytest.mark.parametrize(
    ("start", "size"),
    [
        pytest.param(0xFFFF_FFFF_FFFF_F000, 0x1000, id="the top page"),
        pytest.param(0xFFFF_FFFF_FFFF_FFFF, 1, id="the top byte"),
        pytest.param(0, 1 << 64, id="everything"),
    ],
)
def test_addresses_are_exact_up_to_the_top_byte(browser, write_page, start, size):
    browser.open(write_page(BufferArea(start, b"", "rw-p", "top", 0, "anon", size)))
    browser.find("#picture").send_keys(Keys.HOME)
    assert [selected(browser), starts(browser)] == [hex(start), [hex(start)]]
    assert "0x10000000000000000" in browser.text("#selected")


def test_what_overlaps_is_drawn_and_can_be_walked(browser, tmp_path):
    below = Area(0x1000, 0xA000, Protection.parse("r--p"), 0, "below", "file")
    above = Area(0x4000, 0x7000, Protection.parse("rw-p"), 0, "above", "anon")
    columns = area_columns(FIELDS, {})
    page = tmp_path / "overlap.html"
    page.write_text(
        "".join(html_page(Document("ptatlas.maps/1", {}, Rows("areas", [below, above], columns, columns))))
    )
    browser.open(page)
    at_picture(browser, 0.5).click().perform()
    assert selected(browser) == "0x4000"
    at_picture(browser, 0.9).click().perform()
    assert selected(browser) == "0x1000"


# --- names are data --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("/a/</script><img src=x onerror=alert(1)>", None, id="an end tag"),
        pytest.param("/a/<!--<script>", None, id="a comment"),
        pytest.param("/a/&lt;b&gt;", None, id="an entity"),
        pytest.param('/a/"\\u0041', None, id="quotes and backslashes"),
        pytest.param("/a/x\u2028y", "/a/x\\u2028y", id="a line separator"),
        pytest.param("/a/\x1b[31m\u202egpj.exe", "/a/\\x1b[31m\\u202egpj.exe", id="escapes and directions"),
        pytest.param("/a/\udcff", "/a/\\xff", id="no UTF-8"),
    ],
)
def test_a_name_stays_text(browser, write_page, name, shown):
    browser.open(write_page(BufferArea(0x1000, b"", "rw-p", name, 0, "file", 0x1000)))
    browser.find("#picture").send_keys(Keys.HOME)
    assert browser.text("#areas-grid .path") == (shown or name)
    assert browser.text("#selected dd.name") == (shown or name)
    assert browser.run("return document.images.length + document.scripts.length") == 2


def test_it_can_reach_no_network(page):
    """The page's policy stops what a script of its own would ask for; a listener sees that nothing comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        refused = page.driver.execute_async_script(
            "fetch(arguments[0]).then(() => arguments[1](false), () => arguments[1](true))", address
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert refused
    assert any("Content Security Policy" in message for message in page.console())


# --- the table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("LIBONE", ["0x10000000"], id="part of a name"),
        pytest.param("heap", ["0x10100000"], id="a kind"),
        pytest.param("r--p", ["0x7f0000000000"], id="a protection"),
        pytest.param("0x10100010", ["0x10100000"], id="an address inside"),
        pytest.param("0x101", ["0x10100000"], id="how a start begins"),
        pytest.param("usr dat", ["0x7f0000000000"], id="two words"),
        pytest.param("usr heap", [], id="two words that no area has both"),
    ],
)
def test_a_search_leaves_the_areas_that_have_all_its_words(page, query, found):
    search(page, query)
    assert starts(page) == found
    assert page.text("#count").startswith(f"{len(found)} of 3 areas")


def test_a_heading_sorts_and_turns_round(page):
    def click(column):
        page.find(f"#areas-grid [data-key={column}]").click()
        return starts(page)

    assert click("path") == ["0x10000000", "0x7f0000000000", "0x10100000"]
    assert click("path") == ["0x10100000", "0x7f0000000000", "0x10000000"]
    heading = page.find("#areas-grid [role=columnheader]:last-child")
    assert heading.get_attribute("aria-sort") == "descending"
    assert click("start") == ["0x10000000", "0x10100000", "0x7f0000000000"]
    assert page.find("#areas-grid [role=columnheader]:last-child").get_attribute("aria-sort") == "none"


def test_a_kind_in_the_legend_is_shown_alone_and_all_again(page):
    page.find("#legend [data-index='2']").click()
    chip = page.find("#legend [data-index='2']")
    assert chip.text.startswith("heap")
    assert chip.get_attribute("aria-pressed") == "true"
    assert starts(page) == ["0x10100000"]
    press(page, Keys.SPACE)
    assert len(starts(page)) == 3


def test_sixty_thousand_areas_are_there(browser, write_page):
    count = 60_000
    browser.open(
        write_page(
            *(
                BufferArea(0x7F00_0000_0000 + i * 0x3000, b"", "rw-p", f"/lib/{i}.so", 0, "module", 0x1000)
                for i in range(count)
            )
        )
    )
    assert "60,000 areas" in browser.text("#facts")
    # Only those in sight are elements.
    assert 0 < len(browser.find_all("#areas-grid .body [role=row]")) < 100
    assert browser.find("#areas-grid").get_attribute("aria-rowcount") == str(count + 1)
    browser.find("#areas-grid").send_keys(Keys.END)
    last = hex(0x7F00_0000_0000 + (count - 1) * 0x3000)
    assert selected(browser) == last
    assert starts(browser)[-1] == last
    search(browser, "/lib/4711.so")
    assert browser.text("#count").startswith("1 of 60,000 areas")


# --- the picture -----------------------------------------------------------------------------------


def test_a_click_selects_the_area_under_it(page):
    for share, start in [(0.15, "0x10000000"), (0.5, "0x10100000"), (0.9, "0x7f0000000000")]:
        at_picture(page, share).click().perform()
        assert selected(page) == start
        assert page.find("#areas-grid [aria-selected=true]").text.startswith(start)


def test_the_mouse_shows_what_it_is_over(page):
    at_picture(page, 0.15).perform()
    assert page.find("#tip").text.splitlines() == [
        "/usr/lib/libone.so.1",
        "0x10000000\u20130x10100000",
        "r-xp · module · 1M",
    ]
    ActionChains(page.driver).move_to_element(page.find("h1")).perform()
    assert not page.find("#tip").is_displayed()


def shown_range(browser):
    browser.frames()
    return [int(number, 16) for number in re.findall(r"0x[0-9a-f]+", browser.text("#range"))[:2]]


def test_the_wheel_zooms_about_the_mouse_and_a_drag_pans(page):
    whole = shown_range(page)
    canvas = page.find("#picture")
    page.run(
        """arguments[0].dispatchEvent(new WheelEvent("wheel", {deltaY: -1500, clientX: arguments[1],
        clientY: arguments[0].getBoundingClientRect().y + 40, cancelable: true}))""",
        canvas,
        canvas.rect["x"] + canvas.rect["width"] * 0.15,
    )
    zoomed = shown_range(page)
    assert whole[0] <= zoomed[0] < zoomed[1] <= 0x1010_0000
    at_picture(page, 0.5).click_and_hold().move_by_offset(-200, 0).release().perform()
    panned = shown_range(page)
    assert panned[0] > zoomed[0]
    assert selected(page) is None, "a drag is no click"


def test_buttons_zoom_and_pan(page):
    whole = shown_range(page)
    page.find("#zoom-in").click()
    zoomed = shown_range(page)
    assert zoomed != whole
    page.find("#pan-left").click()
    assert shown_range(page)[0] < zoomed[0]
    page.find("#zoom-all").click()
    assert shown_range(page) == whole


def test_a_double_click_zooms_to_an_area(page):
    at_picture(page, 0.15).double_click().perform()
    first, last = shown_range(page)
    assert first <= 0x1000_0000
    assert 0x1010_0000 <= last <= 0x1020_0000


@pytest.mark.parametrize("mode", ["kind", "protection"])
def test_each_area_has_the_colour_of_its_class(page, mode):
    page.find(f"#modes input[value={mode}]").click()
    page.frames()
    wanted = page.run(
        """const style = getComputedStyle(document.documentElement);
        return [...document.querySelectorAll("#legend .swatch")].map((mark) => {
          const colour = getComputedStyle(mark).backgroundColor;
          return colour.match(/\\d+/g).map(Number);
        });"""
    )
    drawn = [colour_at(page, share) for share in (0.1, 0.4, 0.75)]
    assert sorted(drawn) == sorted(wanted)


def test_the_width_can_be_logarithmic(browser, write_page):
    browser.open(
        write_page(
            BufferArea(0x1000, b"", "rw-p", "small", 0, "file", 0x1000),
            BufferArea(0x2000, b"", "rw-p", "large", 0, "anon", 0x1000_0000),
        )
    )
    assert colour_at(browser, 0.02) == colour_at(browser, 0.9)
    browser.find("#scales input[value=logarithm]").click()
    browser.frames()
    assert colour_at(browser, 0.02) != colour_at(browser, 0.9)
    assert "a pixel is" not in browser.text("#range")


def test_residency_is_offered_only_where_it_is_known(page):
    assert not page.find("#modes input[value=residency]").is_enabled()


def test_residency_of_a_live_process_is_shown(browser, areas_child, tmp_path):
    page = tmp_path / "live.html"
    Shell(process_target(areas_child.pid)).run(f"pt-maps --html {page}")
    browser.open(page)
    browser.find("#modes input[value=residency]").click()
    assert browser.find("#legend .chip").text == "in memory, the height is the share"
    for place, share in [("pattern", "256K (100%)"), ("reserved", "0 (0%)")]:
        search(browser, hex(areas_child.place(place).address))
        browser.find("#areas-grid").send_keys(Keys.HOME)
        assert facts(browser)["in memory"] == share


def test_whose_an_area_is_stands_behind_its_name_and_can_be_searched(browser, areas_child, tmp_path):
    page = tmp_path / "owned.html"
    Shell(process_target(areas_child.pid)).run(f"pt-maps --html {page}")
    browser.open(page)
    search(browser, f"LWP {areas_child.pid}")
    browser.find("#areas-grid").send_keys(Keys.HOME)
    assert facts(browser)["owner"] == f'thread "areas", LWP {areas_child.pid}'
    parts = browser.find_all("#areas-grid .body [role=row] .path span")
    assert [part.text for part in parts][1:] == [
        "[stack]",
        f'(thread "areas", LWP {areas_child.pid})',
    ]


# --- what changed ----------------------------------------------------------------------------------


@pytest.fixture
def changed(browser, areas_child, tmp_path):
    """The browser with the page of a child that unmapped, protected and mapped something."""
    shell = Shell(process_target(areas_child.pid))
    shell.run("pt-maps")
    areas_child.facts["new"] = areas_child.tell("map new 8")
    areas_child.tell("unmap pattern")
    areas_child.tell("protect shared r")
    page = tmp_path / "changed.html"
    shell.run(f"pt-maps --changed --html {page}")
    browser.open(page)
    return browser


def test_changes_are_listed_with_what_was_before(changed, areas_child):
    rows = [row.text.split() for row in changed.find_all("#changes-grid .body [role=row]")]
    by_start = {row[2]: [row[0], row[1], *row[3:]] for row in rows}
    pattern, shared = areas_child.place("pattern"), areas_child.place("shared")
    assert re.fullmatch(r"Changes: \d+ added, 1 removed, \d+ altered", changed.text("#changes-heading"))
    # The kernel may have joined what is new to a neighbour, which has grown then.
    new = areas_child.facts["new"]["address"]
    (change,) = {row[1] for row in rows if int(row[2], 16) <= new < int(row[3], 16)}
    assert change in ("added", "altered")
    assert by_start[hex(pattern.address)][:2] == ["\u2212", "removed"]
    assert by_start[hex(shared.address)][:2] == ["~", "altered"]
    assert {"r--s", "rw-s"} <= set(by_start[hex(shared.address)])


def test_a_change_is_selected_in_the_map_before_and_now(changed, areas_child):
    pattern = areas_child.place("pattern")
    search(changed, hex(pattern.address))
    changed.find("#changes-grid").send_keys(Keys.HOME, Keys.ENTER)
    changed.frames()
    assert facts(changed)["change"] == "removed"
    # Zoomed to where it was: the upper lane has it, the lower one nothing.
    before, now = colours_at(changed, (0.35, 0.25), (0.35, 0.72))
    assert now == colour_of(changed, "--well") != before


# --- keyboard, themes, windows ---------------------------------------------------------------------


def test_everything_can_be_reached_by_tab_and_shows_its_focus(page):
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(60):
        press(page, Keys.TAB)
        name = focused(page)
        if page.run("return document.activeElement === document.body") or name in reached:
            break
        outline = page.run(
            """const one = document.activeElement;
            return getComputedStyle(one.type === "radio" ? one.nextSibling : one).outlineStyle;"""
        )
        assert outline == "solid", name
        reached.append(name)
    wanted = {"modes=kind", "scales=bytes", "zoom-in", "zoom-all", "picture", "heap 1", "search", "start"}
    wanted |= {"areas-grid", "pan-left", "pan-right", "zoom-out"}
    assert wanted <= set(reached)


def test_the_keyboard_alone_walks_zooms_and_searches(page):
    canvas = page.find("#picture")
    page.run("arguments[0].focus()", canvas)
    press(page, Keys.ARROW_RIGHT)
    assert selected(page) == "0x10000000"
    press(page, Keys.ENTER)
    zoomed = shown_range(page)
    assert zoomed[1] - zoomed[0] < 2 * MEGABYTE
    press(page, Keys.ARROW_RIGHT)
    assert selected(page) == "0x10100000"
    press(page, "+")
    assert shown_range(page) != zoomed
    press(page, "0")
    press(page, Keys.END)
    assert selected(page) == "0x7f0000000000"
    assert "two.dat" in page.text("#announcement")
    press(page, "/")
    assert focused(page) == "search"
    press(page, "libone", Keys.ENTER)
    assert focused(page) == "areas-grid"
    assert selected(page) == "0x10000000"


def test_the_table_is_walked_by_keys_and_names_its_active_row(page):
    grid = page.find("#areas-grid")
    page.run("arguments[0].focus()", grid)
    for key, start in [
        (Keys.ARROW_DOWN, "0x10000000"),
        (Keys.ARROW_DOWN, "0x10100000"),
        (Keys.END, "0x7f0000000000"),
        (Keys.ARROW_UP, "0x10100000"),
        (Keys.HOME, "0x10000000"),
    ]:
        press(page, key)
        assert selected(page) == start
        active = page.find("#" + grid.get_attribute("aria-activedescendant"))
        assert active.get_attribute("aria-selected") == "true"
        assert active.text.startswith(start)


def test_a_dark_screen_gets_dark_colours_at_once(page):
    def brightness():
        page.frames()
        background = page.run("return getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", background)[:3]))

    light, drawn = brightness(), colour_at(page, 0.1)
    page.prefer("dark")
    assert brightness() < 150 < 600 < light
    assert colour_at(page, 0.1) != drawn


@pytest.mark.parametrize("width", [320, 600, 900, 1700])
def test_nothing_sticks_out_of_a_window(page, width):
    page.resize(width, 800)
    page.frames()
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("return document.querySelector('#picture').clientWidth") > width / 2 - 200
    assert starts(page) == ["0x10000000", "0x10100000", "0x7f0000000000"]


def test_on_paper_there_are_all_rows_and_no_controls(browser, write_page):
    browser.open(
        write_page(
            *(BufferArea(0x1000 * i, b"", "rw-p", f"/lib/{i}.so", 0, "module", 0x1000) for i in range(1, 400))
        ),
        scheme="dark",
    )
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert len(browser.find_all("#areas-grid .body [role=row]")) == 399
    assert browser.run("return getComputedStyle(document.documentElement).colorScheme") == "light"
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert len(browser.find_all("#areas-grid .body [role=row]")) < 100
