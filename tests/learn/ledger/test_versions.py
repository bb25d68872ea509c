"""Versions and the pointer: whole or not at all, back and forth, never losing what somebody put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.learn.versions import NONE, UNKNOWN, VersionError, Versions
from router.policy.ability.document import LEARNED_FILE


def made(data: Path, count: int) -> Versions:
    versions = Versions(data)
    for number in range(count):
        versions.write({LEARNED_FILE: b"version %d" % number, "card.json": b"{}"})
    return versions


def test_versions_are_numbered_and_none_is_in_force_by_being_written(data: Path) -> None:
    """0001, 0002 ...; the gateway's file does not exist yet."""
    versions = made(data, 2)
    assert versions.names() == ["0001", "0002"]
    assert versions.in_force() == NONE


def test_the_pointer_is_the_content(data: Path) -> None:
    """Whatever the notes say: the version in force is the one whose bytes the gateway loads."""
    versions = made(data, 2)
    versions.put_in_force("0001", pinned=False)
    assert (versions.in_force(), (data / LEARNED_FILE).read_bytes()) == ("0001", b"version 0")
    (data / "abilities" / "state.json").unlink()
    assert versions.in_force() == "0001"


def test_rollback_goes_back_step_by_step_and_pins(data: Path) -> None:
    """To the version before, then to none; there it ends."""
    versions = made(data, 2)
    versions.put_in_force("0001", pinned=False)
    versions.put_in_force("0002", pinned=False)
    assert versions.rollback() == versions.in_force() == "0001"
    assert versions.state().pinned
    assert versions.rollback() == versions.in_force() == NONE
    assert not (data / LEARNED_FILE).exists()
    with pytest.raises(VersionError, match="nothing was in force before"):
        versions.rollback()


def test_pinning_what_is_in_force_is_no_step_back(data: Path) -> None:
    """Otherwise a rollback would lead to the same version."""
    versions = made(data, 1)
    versions.put_in_force("0001", pinned=False)
    versions.put_in_force("0001", pinned=True)
    assert versions.rollback() == NONE


def test_a_file_that_somebody_wrote_is_not_overwritten(data: Path) -> None:
    """It is no version's content, so nothing could bring it back."""
    versions = made(data, 1)
    (data / LEARNED_FILE).write_bytes(b"by hand")
    assert versions.in_force() == UNKNOWN
    for change in (lambda: versions.put_in_force("0001", pinned=False), versions.rollback):
        with pytest.raises(VersionError, match="is no version of ours"):
            change()
    assert (data / LEARNED_FILE).read_bytes() == b"by hand"


def test_what_a_crash_leaves_is_no_version(data: Path) -> None:
    """A folder that was not finished has another name, and the next version is written beside it."""
    versions = made(data, 1)
    (data / "abilities" / "0002.77.partial").mkdir()
    assert versions.names() == ["0001"]
    assert versions.write({LEARNED_FILE: b"x"}) == "0002"


def test_names_that_do_not_exist_and_damaged_notes_are_said(data: Path) -> None:
    """With the names that do, and what to do."""
    versions = made(data, 1)
    with pytest.raises(VersionError, match="no version '0009'; known: none, 0001"):
        versions.put_in_force("0009", pinned=True)
    (data / "abilities" / "state.json").write_text("{")
    with pytest.raises(VersionError, match="is damaged; remove it"):
        versions.state()
