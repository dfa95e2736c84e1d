"""GDB and LLDB sessions for tests."""

from __future__ import annotations

import re
from pathlib import Path

from .debuggers import Debugger, find_gdb, find_lldb
from .session import Session

CHECKOUT = Path(__file__).resolve().parents[2]


class GdbSession(Session):
    """GDB, with readline."""

    name = "gdb"
    python = "python"

    @classmethod
    def find(cls) -> Debugger:
        return find_gdb()

    def _own_options(self) -> list[str]:
        settings = {
            "prompt": self._prompt,
            "confirm": "off",
            "pagination": "off",
            "width": "0",
            "debuginfod enabled": "off",
            "debug-file-directory": "",  # whether libc's debug information is installed makes no difference
            "disable-randomization": "off",  # containers often forbid it
            "style enabled": "on" if self._colours else "off",
        }
        return [
            "-q",
            "-nx",
            *(word for name, value in settings.items() for word in ("-iex", f"set {name} {value}")),
        ]

    def _own_environment(self) -> dict[str, str]:
        inputrc = Path(self._folder.name, "inputrc")
        # One TAB lists, without a question, a pager or a bell; and no bracketed-paste marks around each line.
        inputrc.write_text(
            "set show-all-if-ambiguous on\nset completion-query-items 0\nset page-completions off\n"
            "set bell-style none\nset enable-bracketed-paste off\n"
        )
        return {"INPUTRC": str(inputrc)}

    @staticmethod
    def _target(program: Path | None, arguments: tuple[object, ...], core: Path | None) -> list[str]:
        if arguments:
            return ["--args", str(program), *map(str, arguments)]
        return [*([str(program)] if program else []), *(["--core", str(core)] if core else [])]

    def load_ptatlas(self) -> str:
        return self.run(f"source {CHECKOUT / 'gdbext' / 'plugin.py'}")

    def attach(self, pid: int) -> str:
        return self.run(f"attach {pid}")

    def kill(self) -> str:
        return self.run("kill")

    def detach(self) -> str:
        return self.run("detach")

    @staticmethod
    def _candidates(above: list[str]) -> list[str]:
        """Columns, at least two spaces between them, after the line on which TAB was pressed."""
        listing = above[-1].partition("\n")[2] if above else ""
        return [word for word in re.split(r"\s{2,}|\n", listing) if word]


class LldbSession(Session):
    """LLDB, with libedit."""

    name = "lldb"
    python = "script"

    @classmethod
    def find(cls) -> Debugger:
        return find_lldb()

    def _own_options(self) -> list[str]:
        settings = {
            "auto-confirm": "true",
            "use-color": "true" if self._colours else "false",
            # It wipes the prompt and writes it again whenever it likes.
            "show-progress": "false",
            "symbols.enable-external-lookup": "false",  # as above
            "target.disable-aslr": "false",  # containers often forbid it
            # With any, libedit writes each prompt twice.
            "prompt-ansi-prefix": '""',
            "prompt-ansi-suffix": '""',
        }
        first = [word for command in self._commands_for(settings) for word in ("-O", command)]
        # Last, so that what else LLDB does at its start is shown after its own prompt.
        return ["--no-lldbinit", *first, "-o", f'settings set prompt "{self._prompt}"']

    @staticmethod
    def _commands_for(settings: dict[str, str]) -> list[str]:
        return [f"settings set {name} {value}" for name, value in settings.items()]

    @staticmethod
    def _target(program: Path | None, arguments: tuple[object, ...], core: Path | None) -> list[str]:
        words = ["--core", str(core)] if core else []
        return [*words, "--", str(program), *map(str, arguments)] if program else words

    @staticmethod
    def _is_notice(output: str) -> bool:
        # Behind what is typed already, if anything; then libedit wipes its line, and shows it anew.
        notice = r".*Process \d+ exited with status = .*\n?(?:\x1b\[\d*[GJ]|\s)*"
        return re.fullmatch(notice, output) is not None

    def _first_prompt(self) -> None:
        # Not the one in the echo of the setting.
        self._child.expect_exact("\r\n" + self._prompt)
        self._until_it_reads_keys()
        self._at_prompt = True

    def load_ptatlas(self) -> str:
        return self.run(f'command script import "{CHECKOUT / "lldbext" / "plugin.py"}"')

    def attach(self, pid: int) -> str:
        return self.run(f"process attach --pid {pid}")

    def kill(self) -> str:
        return self._run_until("process kill", " exited with status")

    def detach(self) -> str:
        return self._run_until("process detach", " detached")

    def _run_until(self, command: str, said: str) -> str:
        """Run a command of which LLDB says later, often after the prompt, that it is done.

        It writes the prompt again then, or doesn't: a command that says a word itself makes sure of one.
        """
        self.send_line(command)
        output = self.expect(said)
        self.send_line('script print("it is" + " done")')
        self.expect("it is done")
        self.wait_for_prompt()
        return output

    @staticmethod
    def _candidates(above: list[str]) -> list[str]:
        """One to a line, after a tab, then perhaps two dashes and what it does."""
        listing = "".join(above).rpartition("Available completions:\n")[2]
        return [line.partition(" -- ")[0].strip() for line in listing.split("\n") if line.startswith("\t")]
