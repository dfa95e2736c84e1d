"""MkDocs' hook: the pages of the site that are no files of docs/, so that each text is written once.

The first page is the README, each command has a page made of its spec, CHANGELOG.md and the folders of files
that pages link to are taken in, and the navigation lists every decision. Links are written for the checkout
(`../examples/demo.yar`) and changed where the site has the file at another place.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from ptatlas.core.cli.main import USAGE
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import option_help, spelled, usage
from ptatlas.core.commands.shell.spec import Call, Command, Option

CHECKOUT = Path(__file__).resolve().parent.parent
TAKEN_IN = ("examples", "findings")
# A link or a picture that leads to no other server and to no place of the same page.
LINK = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every decision in the place of the word `decisions` in the navigation."""
    folder = CHECKOUT / "docs" / "decisions"
    notes = [f"decisions/{note.name}" for note in sorted(folder.glob("[0-9]*.md"))]
    config.nav = [
        {"Decisions": ["decisions/README.md", *notes]} if entry == {"Decisions": "decisions"} else entry
        for entry in config.nav or []
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is elsewhere in the checkout, and what is made."""
    files.append(File.generated(config, "index.md", content=(CHECKOUT / "README.md").read_text()))
    for page, text in made_pages().items():
        files.append(File.generated(config, page, content=text))
    linked = [path for name in TAKEN_IN for path in (CHECKOUT / name).glob("*.*")]
    for path in [CHECKOUT / "CHANGELOG.md", *linked]:
        place = path.relative_to(CHECKOUT).as_posix()
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let the links lead to where the site has the files."""
    place = page.file.src_uri
    return LINK.sub(lambda link: link[1] + link_on_site(link[2], place), markdown)


def link_on_site(target: str, page: str) -> str:
    """Return what the page links to, where the site has it.

    The link is written for the checkout: there pages are in docs/, and the first one is README.md.
    """
    at = {"index.md": "README.md", "CHANGELOG.md": "CHANGELOG.md"}.get(page, f"docs/{page}")
    meant = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
    on_site = "index.md" if meant == "README.md" else meant[5:] if meant.startswith("docs/") else meant
    return posixpath.relpath(on_site, posixpath.dirname(page) or ".")


def made_pages() -> dict[str, str]:
    """Return the page of each command, by its place in the site."""
    pages = {f"reference/{command.name}.md": command_page(command) for command in COMMANDS}
    text = f"# ptatlas\n\nThe commands without a debugger, and its start-up files.\n\n```text\n{USAGE}\n```\n"
    return {**pages, "reference/ptatlas.md": text}


def command_page(command: Command) -> str:
    """Return the command's page: examples, what it does, the options that it always takes."""
    return "\n".join(_lines(command))


def _lines(command: Command) -> Iterator[str]:
    yield from (f"# {command.name}", "", command.summary, "", command.description, "")
    yield from _table("example", [(line, meaning) for line, meaning in command.examples])
    for call in command.calls:
        if call.name:
            yield from (f"## {command.name} {call.name}", "", call.summary, "")
        yield from _call(command, call)
    yield from (f"## Options of {'every call' if len(command.calls) > 1 else 'every command'}", "")
    yield from _table("option", map(_option, command.options))


def _call(command: Command, call: Call) -> Iterator[str]:
    yield from ("```text", usage(command, call), "```", "")
    yield from _table("argument", [(one.metavar, one.help) for one in call.positionals])
    yield from _table("option", map(_option, call.options))


def _option(option: Option) -> tuple[str, str]:
    return spelled(option), option_help(option)


def _table(heading: str, rows: Any) -> Iterator[str]:
    """Give a table of what is typed and what that means; nothing where there are no rows."""
    lines = [f"| `{typed}` | {_in_cell(meaning)} |" for typed, meaning in rows]
    if lines:
        yield from (f"| {heading} | |", "| --- | --- |", *lines, "")


def _in_cell(text: str) -> str:
    return re.sub(r"([|<*_\[])", r"\\\1", text)
