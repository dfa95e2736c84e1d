"""Core's settings as LLDB's commands: `ptatlas set NAME VALUE` and `ptatlas show [NAME]`."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import Any, ClassVar

from ptatlas.core.commands.shell.options import HELP
from ptatlas.core.commands.shell.settings import FILE, SETTINGS, Setting, Settings, setting_of
from ptatlas.core.commands.shell.spec import Call, Command, Positional

from .options import offered

# What the user has set. Apart from `debugger.DEBUGGER`, for lines of ~/.lldbinit set it when little of
# ptatlas is loaded yet.
CHOSEN = Settings()


class SettingCommand:
    """A command about settings: what it does where a command of core's would run; see `commands.py`."""

    command: ClassVar[Command]
    _values: dict[str, str]

    def run(self, given: str | list[str], _context: Any, result: Any, _frame: FrameType) -> None:
        """Answer a line or its words; an error is the result's."""
        # Imported here: loading needs none of it.
        from ptatlas.core.commands.shell.help import help_text
        from ptatlas.core.commands.shell.parse import parse, split
        from ptatlas.core.errors import AtlasError

        try:
            arguments = parse(self.command, split(given) if isinstance(given, str) else given)
            asks = arguments.flag("help") or "help" in self._values
            text = (
                f"{help_text(self.command)}\n{self.details()}" if asks else self.answer(arguments.positionals)
            )
        except AtlasError as error:
            from ptatlas.core.commands.shell.dispatch import message

            result.SetError(message("ptatlas", error))
            return
        if text:
            result.PutCString(text + "\n")

    def get_long_help(self) -> str:
        """Return what LLDB's `help` shows below the first line."""
        return f"\n{self.details()}"

    def details(self) -> str:
        """Return what there is to know besides the usage."""
        raise NotImplementedError

    def answer(self, words: Sequence[str]) -> str:
        """Return the output for these words; raise AtlasError for those that mean nothing."""
        raise NotImplementedError

    def offers(self, last: str) -> Sequence[str]:
        """Return the words that TAB may offer."""
        raise NotImplementedError

    def _completions(self, words: list[str], last: str) -> Any:
        return offered([] if words else [word for word in self.offers(last) if word.startswith(last)])


class ShowCommand(SettingCommand):
    """`ptatlas show`: one setting, or all."""

    def details(self) -> str:
        """Return what each setting is."""
        return "\n".join(f"  {setting.name:9}{setting.summary}" for setting in SETTINGS)

    def answer(self, words: Sequence[str]) -> str:
        """Return a line on each setting."""
        names = [setting_of(word).name for word in words] or [setting.name for setting in SETTINGS]
        return "\n".join(map(CHOSEN.shown, names))

    def offers(self, _last: str) -> Sequence[str]:
        """Return the names of the settings."""
        return [setting.name for setting in SETTINGS]


class SetCommand(SettingCommand):
    """`ptatlas set NAME`: its one word is the value."""

    setting: ClassVar[Setting]

    def details(self) -> str:
        """Return which values there are, and what they mean."""
        return self.setting.help()

    def answer(self, words: Sequence[str]) -> str:
        """Set the value, and say nothing."""
        CHOSEN.set(self.setting.name, "".join(words))
        return ""

    def offers(self, last: str) -> Sequence[str]:
        """Return the words that the setting takes, or the files."""
        if self.setting.metavar != FILE:
            return self.setting.words
        from ptatlas.core.commands.completions import files

        return files(last)


SHOW = Command(
    "ptatlas show",
    "Show the settings of ptatlas.",
    (Call("", "", "", (Positional("NAME", "the one to show (default: all)", 0),)),),
    (HELP,),
)


def setting_commands() -> list[tuple[Command, type[SettingCommand], dict[str, Any]]]:
    """Return each command about settings, its class, and what a class made of that is to have."""
    return [(SHOW, ShowCommand, {}), *((_spec(one), SetCommand, {"setting": one}) for one in SETTINGS)]


def _spec(setting: Setting) -> Command:
    completes = "file" if setting.metavar == FILE else None
    call = Call("", "", "", (Positional("VALUE", "as below", 0, completes=completes),))
    return Command(f"ptatlas set {setting.name}", f"Set {setting.summary}.", (call,), (HELP,))
