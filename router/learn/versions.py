"""Versions of what was learned, and the one pointer to the version in force.

    <data dir>/abilities.json          what the gateway loads: a copy of one version's abilities.json
    <data dir>/abilities/0007/         one version: abilities.json, card.md, card.json; never changed
    <data dir>/abilities/state.json    who was in force before, and whether an admin pinned one

A copy is replaced by a rename, so that a gateway that looks sees the old one or the new one, whole. Which
version is in force is read from the copy's content, never from a note about it. Must not fit or judge.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from router.audit.entry import Action
from router.audit.writing import with_entry
from router.policy.ability.document import LEARNED_FILE

NONE = "none"
"""Stands for no version: nothing learned is in force, abilities come from the catalog alone."""
UNKNOWN = "unknown"
"""Something is in force that is no version's content: somebody wrote the file by hand."""
_NAME = re.compile(r"[0-9]{4,}")
_PARTIAL = ".partial"
_MOST_BEFORE = 100


class VersionError(Exception):
    """A version does not exist, or the folder cannot be used as it is; the message says what to do."""


class State(BaseModel):
    """`before`: the versions that were in force before the present one, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    before: tuple[str, ...] = ()
    pinned: bool = False


class Versions:
    """The versions of one data folder. Methods raise OSError when the disk does."""

    def __init__(self, data_dir: Path) -> None:
        self.live = data_dir / LEARNED_FILE
        self._folder = data_dir / "abilities"
        self._state_file = self._folder / "state.json"

    def names(self) -> list[str]:
        """Complete versions, oldest first."""
        if not self._folder.is_dir():
            return []
        found = (path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))
        return sorted(found, key=int)

    def path(self, name: str) -> Path:
        """The folder of a version. Raises VersionError if there is none of that name."""
        if name not in self.names():
            known = ", ".join([NONE, *self.names()])
            raise VersionError(f"there is no version {name!r}; known: {known}")
        return self._folder / name

    def in_force(self) -> str:
        """The newest version with the content that the gateway loads; NONE or UNKNOWN."""
        if not self.live.exists():
            return NONE
        content = self.live.read_bytes()
        same = (
            n for n in reversed(self.names()) if (self._folder / n / LEARNED_FILE).read_bytes() == content
        )
        return next(same, UNKNOWN)

    def state(self) -> State:
        """What is noted. Raises VersionError for a file that is none of ours."""
        if not self._state_file.exists():
            return State()
        try:
            return State.model_validate_json(self._state_file.read_bytes())
        except ValidationError as error:
            raise VersionError(f"{self._state_file} is damaged; remove it: only the pin is lost") from error

    def write(self, contents: Mapping[str, bytes]) -> str:
        """A new version of these files by name; nothing is in force by it. Its name."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{int((self.names() or ['0'])[-1]) + 1:04d}"
        partial = self._folder / f"{name}.{os.getpid()}{_PARTIAL}"
        partial.mkdir()
        for file, content in contents.items():
            _write_durably(partial / file, content)
        try:
            partial.rename(self._folder / name)
        except OSError as error:
            raise VersionError(f"version {name} was written by somebody else just now; try again") from error
        return name

    def put_in_force(self, name: str, *, pinned: bool) -> None:
        """Makes `name` (or NONE) what the gateway loads; a gateway that runs takes it up within seconds."""
        now, before = self._known(), self.state().before
        if name != NONE:
            self.path(name)
        if name != now:
            before = (*before, now)[-_MOST_BEFORE:]
        action = Action.ABILITIES_PIN if pinned else Action.ABILITIES_PROMOTE
        self._change(action, name, now, State(before=before, pinned=pinned))

    def unpin(self) -> None:
        """Lets later runs replace the version in force."""
        state = State(before=self.state().before, pinned=False)
        with_entry(Action.ABILITIES_UNPIN, self.in_force(), {}, lambda: self._note(state))

    def rollback(self) -> str:
        """Puts back what was in force before, pinned, so that the next run does not undo it. Its name."""
        now, before = self._known(), self.state().before
        if not before:
            raise VersionError("nothing was in force before the present version")
        self._change(Action.ABILITIES_ROLLBACK, before[-1], now, State(before=before[:-1], pinned=True))
        return before[-1]

    def _change(self, action: Action, name: str, now: str, state: State) -> None:
        """With its entry in the audit log."""

        def change() -> None:
            self._replace(name)
            self._note(state)

        with_entry(action, name, {"replaced": now}, change)

    def _known(self) -> str:
        """What is in force. Raises VersionError where it could not be put back."""
        now = self.in_force()
        if now == UNKNOWN:
            raise VersionError(
                f"{self.live} is no version of ours; move it away first, so that it is not lost"
            )
        return now

    def _replace(self, name: str) -> None:
        if name == NONE:
            self.live.unlink(missing_ok=True)
        else:
            replace_durably(self.live, (self.path(name) / LEARNED_FILE).read_bytes())

    def _note(self, state: State) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_durably(self._state_file, orjson.dumps(state.model_dump(), option=orjson.OPT_INDENT_2))


def replace_durably(path: Path, content: bytes) -> None:
    """`path` with new content, by a rename: nobody ever sees half of it. Raises OSError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{_PARTIAL}")
    _write_durably(partial, content)
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
