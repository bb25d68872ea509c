"""The keys of stored prompts: AES-256-GCM (NIST SP 800-38D) for the text, HMAC-SHA256 for the subject.

A sealed text is `1.<key name>.<base64url of nonce and ciphertext>`, bound to its request's id, so that it
opens nowhere else. Nonces are random: a key is good for 2**32 texts, a year at a hundred a second; put a new
one in front before. Of several keys the first seals and all open.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.settings import Settings, SettingsRefused

_NONCE_BYTES = 12
_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_VERSION = "1"


class CannotOpen(ValueError):
    """No key here seals that text, or it is not what was sealed."""


class Vault:
    """One or more keys of 32 bytes."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._current = _name(keys[0])
        self._subject_keys = [hmac.digest(key, b"tiergate subject", sha256) for key in keys]

    def seal(self, request_id: str, text: bytes) -> str:
        """`text` for that request alone."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text, request_id.encode())
        return f"{_VERSION}.{self._current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, request_id: str, sealed: str) -> bytes:
        """Raises CannotOpen."""
        version, _, rest = sealed.partition(".")
        name, _, coded = rest.partition(".")
        if version != _VERSION or name not in self._ciphers:
            known = ", ".join(self._ciphers)
            raise CannotOpen(f"it is sealed with key {name}, and known here are {known}")
        raw = urlsafe_b64decode(coded)
        try:
            return self._ciphers[name].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], request_id.encode())
        except InvalidTag:
            raise CannotOpen("it is not what was sealed for that request") from None

    def subject(self, given: str) -> str:
        """The hash under which a subject is kept now."""
        return _hashed(self._subject_keys[0], given)

    def subjects(self, given: str) -> list[str]:
        """All hashes under which it may have been kept."""
        return [_hashed(key, given) for key in self._subject_keys]


def open_vault(settings: Settings) -> Vault | None:
    """The vault of the settings' keys, None where there are none. Raises SettingsRefused."""
    if settings.prompt_key is not None:
        return Vault(_parsed(settings.prompt_key.get_secret_value(), "TIERGATE_PROMPT_KEY"))
    if settings.store_prompts or settings.store_subjects:
        name = "TIERGATE_STORE_PROMPTS" if settings.store_prompts else "TIERGATE_STORE_SUBJECTS"
        raise SettingsRefused(
            f"{name} needs a key to seal with: set TIERGATE_PROMPT_KEY_FILE to a file with the output of "
            "`openssl rand -hex 32`"
        )
    return None


def sealer(vault: Vault | None) -> Callable[[str, str], str] | None:
    """Of a request's id and a text the sealed text; None where there is no key."""
    if vault is None:
        return None
    return lambda request_id, text: vault.seal(request_id, text.encode())


def opener(settings: Settings) -> Callable[[str, str], str | None]:
    """Of a request's id and its sealed text the text, None where it cannot be opened here. Raises
    SettingsRefused."""
    vault = open_vault(settings)

    def opened(request_id: str, sealed: str) -> str | None:
        try:
            return None if vault is None else vault.open(request_id, sealed).decode()
        except CannotOpen:
            return None

    return opened


def _parsed(text: str, where: str) -> tuple[bytes, ...]:
    words = text.split()
    if not words or not all(map(_KEY.fullmatch, words)):
        raise SettingsRefused(f"{where}: a key is 64 hexadecimal digits: `openssl rand -hex 32`")
    return tuple(map(bytes.fromhex, words))


def _name(key: bytes) -> str:
    """Tells keys apart and gives nothing of them away."""
    return hmac.digest(key, b"tiergate prompt key", sha256).hex()[:8]


def _hashed(key: bytes, given: str) -> str:
    return hmac.digest(key, given.encode("utf-8", "surrogatepass"), sha256).hex()[:40]
