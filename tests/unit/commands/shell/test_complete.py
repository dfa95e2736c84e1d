"""TAB completion from a command's spec."""

import pytest
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.parse import words_before
from ptatlas.core.commands.shell.spec import Call, Command, Option, Positional

ANSWER = "nowhere:nothing"


COMMAND = Command(
    "pt-x",
    "",
    (
        Call("list", "", ANSWER, (), (Option("sort", "", "ORDER", choices=("start", "size")),)),
        Call("show", "", ANSWER, (Positional("NAME", "", completes="image"), Positional("SIZE", ""))),
        Call(
            "find",
            "",
            ANSWER,
            (Positional("WHERE", "", 0, None, "area"),),
            (
                Option("name", "", "GLOB", short="n", repeat=True, completes="area"),
                Option("columns", "", "LIST", choices=("start", "end", "size"), listed=True),
                Option("count", ""),
            ),
        ),
        Call("box add", "", ANSWER, (Positional("NAME", "", completes="image"),), (Option("twice", ""),)),
        Call("box list", "", ANSWER, (), (Option("sort", "", "ORDER", choices=("start", "size")),)),
    ),
    (Option("json", ""),),
)
NAMES = {
    "image": lambda _word: ["before", "after"],
    "area": lambda _word: ["[heap]", "libc.so.6", "libm.so.6"],
}


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        pytest.param("", ["list", "show", "find", "box"], id="the calls"),
        pytest.param("sh", ["show"], id="a call begun"),
        pytest.param("show ", ["before", "after"], id="an image's name"),
        pytest.param("show a", ["after"], id="an image's name begun"),
        pytest.param("show after ", [], id="nothing where anything may stand"),
        pytest.param("find lib", ["libc.so.6", "libm.so.6"], id="an area's name"),
        pytest.param("find libc.so.6 libm", ["libm.so.6"], id="a second area's name"),
        pytest.param("find -n lib", ["libc.so.6", "libm.so.6"], id="the value of a short option"),
        pytest.param("find --name=libm", ["--name=libm.so.6"], id="a value joined to its option"),
        pytest.param("list --sort s", ["start", "size"], id="an option's choices"),
        pytest.param("find --columns start,e", ["start,end"], id="a list's next choice"),
        pytest.param("find --c", ["--columns", "--count"], id="options that begin so"),
        pytest.param("list --", ["--sort", "--json"], id="the options of the call alone"),
        pytest.param("find --count --c", ["--columns"], id="an option that is there already isn't offered"),
        pytest.param("find -n x --na", ["--name"], id="one that may be repeated is"),
        pytest.param("find -- --c", [], id="no options behind two dashes"),
        pytest.param("nosuch ", [], id="nothing for an unknown call"),
        pytest.param("--json sh", ["show"], id="the call behind an option"),
        pytest.param("box ", ["add", "list"], id="the calls of a group"),
        pytest.param("box --json l", ["list"], id="one of a group begun"),
        pytest.param("box add ", ["before", "after"], id="an argument of one of a group"),
        pytest.param("box add after ", [], id="no argument more"),
        pytest.param("box nosuch ", [], id="nothing for one that a group hasn't"),
        pytest.param("box --", ["--twice", "--sort", "--json"], id="the options of a group"),
        pytest.param("box add --", ["--twice", "--json"], id="the options of one of a group alone"),
    ],
)
def test_offers(line, offers):
    assert complete(COMMAND, *words_before(line), NAMES) == offers
