"""Core's settings as GDB's: `set ptatlas` and `show ptatlas`, with GDB's help, TAB and `with`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gdb
from ptatlas.core.commands.shell.settings import (
    FILE,
    OFF,
    ON,
    SETTINGS,
    SUMMARY,
    Setting,
    Settings,
    setting_of,
)

# What the user has set. Apart from `debugger.DEBUGGER`, for lines of ~/.gdbinit set it when little of ptatlas
# is loaded yet.
CHOSEN = Settings()


class SettingParameter(gdb.Parameter):
    """One of core's settings in GDB, which looks over the words of lists and switches itself."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.set_doc = f"Set {setting.summary}."
        self.show_doc = f"Show {setting.summary}."
        self.__doc__ = setting.help()
        super().__init__(f"ptatlas {setting.name}", gdb.COMMAND_DATA, *_kind(setting))
        self.value = self._chosen()

    def get_set_string(self) -> str:
        """Take the value that GDB was given; one that the setting doesn't take is GDB's own error."""
        value = self.value
        try:
            with _translated():
                text = (ON if value else OFF) if isinstance(value, bool) else value or ""
                CHOSEN.set(self._setting.name, text)
        finally:
            self.value = self._chosen()
        return ""

    def get_show_string(self, _value: str) -> str:
        """Return the value, and what it means."""
        return CHOSEN.shown(self._setting.name)

    def _chosen(self) -> Any:
        text = CHOSEN.text(self._setting.name)
        return text == ON if _is_switch(self._setting) else text


class SetPrefix(gdb.Command):
    """The settings of ptatlas, under `set ptatlas`."""

    def __init__(self) -> None:
        self.__doc__ = SUMMARY
        super().__init__("set ptatlas", gdb.COMMAND_DATA, prefix=True)


class ShowPrefix(gdb.Command):
    """`show ptatlas`: all settings."""

    def __init__(self) -> None:
        self.__doc__ = f"{SUMMARY}\n\nWithout a name: all of them."
        super().__init__("show ptatlas", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Show all settings; raise GDB's own error for a name that there is not."""
        with _translated():
            names = [setting_of(argument).name] if argument else [setting.name for setting in SETTINGS]
        gdb.write("".join(CHOSEN.shown(name) + "\n" for name in names))


def register_settings() -> None:
    """Register the settings with GDB; a second call keeps what is set."""
    SetPrefix()
    ShowPrefix()
    for setting in SETTINGS:
        SettingParameter(setting)


def _kind(setting: Setting) -> tuple[Any, ...]:
    """Return the parameter's kind, by which GDB completes its values."""
    if setting.metavar is not None:
        return (gdb.PARAM_OPTIONAL_FILENAME if setting.metavar == FILE else gdb.PARAM_STRING_NOESCAPE,)
    return (gdb.PARAM_BOOLEAN,) if _is_switch(setting) else (gdb.PARAM_ENUM, list(setting.words))


def _is_switch(setting: Setting) -> bool:
    return set(setting.words) == {ON, OFF}


@contextmanager
def _translated() -> Iterator[None]:
    """Raise what core refuses in the block as GDB's own error, in core's words."""
    # Imported here: a plugin that loads needs none of it.
    from ptatlas.core.errors import AtlasError

    try:
        yield
    except AtlasError as error:
        from ptatlas.core.commands.shell.dispatch import message

        raise gdb.GdbError(message("ptatlas", error)) from None
