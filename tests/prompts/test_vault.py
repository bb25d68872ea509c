"""Sealed texts open with their key and for their request alone; keys are named and replaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.prompts.vault import CannotOpen, Vault, open_vault
from router.settings import Settings, SettingsRefused

OLD, NEW = b"o" * 32, b"n" * 32


@given(text=st.binary(max_size=2000))
def test_sealed_and_opened(text: bytes) -> None:
    """Nothing of a text is in its sealed form, which is another one each time."""
    vault = Vault((OLD,))
    sealed = vault.seal("r1", text)
    assert vault.open("r1", sealed) == text
    assert sealed != vault.seal("r1", text)
    assert len(text) < 8 or text.hex() not in sealed


def test_bound_to_its_request_and_key() -> None:
    """Moved to another row, changed by a character, or asked for with another key, it does not open."""
    vault = Vault((OLD,))
    sealed = vault.seal("r1", b"secret")
    changed = sealed[:-4] + ("A" if sealed[-4] != "A" else "B") + sealed[-3:]
    for request_id, text in (("r2", sealed), ("r1", changed)):
        with pytest.raises(CannotOpen, match="not what was sealed"):
            vault.open(request_id, text)
    with pytest.raises(CannotOpen, match="sealed with key"):
        Vault((NEW,)).open("r1", sealed)


def test_a_replaced_key() -> None:
    """The new one seals, the old one still opens, and a subject is found under both."""
    old, both = Vault((OLD,)), Vault((NEW, OLD))
    assert both.open("r", old.seal("r", b"x")) == b"x"
    with pytest.raises(CannotOpen):
        old.open("r", both.seal("r", b"x"))
    assert both.subjects("ann") == [both.subject("ann"), old.subject("ann")]
    assert "ann" not in both.subject("ann") and both.subject("ann") != both.subject("bob")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"store_prompts": True}, "TIERGATE_STORE_PROMPTS needs a key"),
        ({"store_subjects": True}, "TIERGATE_STORE_SUBJECTS needs a key"),
        ({"prompt_key": "short"}, "TIERGATE_PROMPT_KEY: a key is 64 hexadecimal digits"),
    ],
)
def test_nothing_is_kept_unsealed(given: dict[str, object], said: str) -> None:
    """Storing without a good key is refused by the name of the setting."""
    with pytest.raises(SettingsRefused) as refused:
        open_vault(Settings(**given))  # type: ignore[arg-type]
    assert said in refused.value.message


def test_off() -> None:
    """Without settings there is no vault."""
    assert open_vault(Settings()) is None
