"""The keys that sign the audit log: given by setting or file, else made in the data folder.

HMAC (RFC 2104) with SHA-256. Who holds a key can verify and can forge, so it belongs where the database's
owner cannot read it. Of several keys the first signs, and all verify: that is how one is replaced.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from router.settings import Settings, SettingsRefused

KEY_FILE = "audit.key"
"""In the data folder, made when no key is configured."""
_SHORTEST = 32
_OWNER_ONLY = 0o600
_HINT = "make one with `openssl rand -hex 32`"


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """`where` says where they come from; `beside_the_data`: in the data folder, and so in the reach of
    whoever can change the ledger of a single machine."""

    keys: tuple[bytes, ...]
    where: str
    beside_the_data: bool

    @property
    def current(self) -> str:
        """The name of the key that signs."""
        return key_name(self.keys[0])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(map(key_name, self.keys))

    def sign(self, message: bytes) -> str:
        """HMAC-SHA256 in hex, by the first key."""
        return _mac(self.keys[0], message)

    def verifies(self, name: str, message: bytes, mac: str) -> bool | None:
        """Whether the key of that name made `mac`; None: there is no such key here."""
        for key in self.keys:
            if key_name(key) == name:
                return hmac.compare_digest(_mac(key, message), mac)
        return None


def read_keys(settings: Settings) -> AuditKeys:
    """The configured keys, else those in the data folder, where one is made if need be. Raises
    SettingsRefused, OSError."""
    if settings.audit_key is not None:
        where = "TIERGATE_AUDIT_KEY"
        return AuditKeys(_parsed(settings.audit_key.get_secret_value(), where), where, False)
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        _make(path)
    return AuditKeys(_parsed(path.read_text("utf-8"), str(path)), str(path), True)


def key_name(key: bytes) -> str:
    """A name that tells keys apart and gives nothing of them away."""
    return _mac(key, b"tiergate audit key")[:16]


def _mac(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, sha256).hexdigest()


def _parsed(text: str, where: str) -> tuple[bytes, ...]:
    keys = tuple(word.encode() for word in text.split())
    if not keys:
        raise SettingsRefused(f"{where} holds no key; {_HINT}")
    if any(len(key) < _SHORTEST for key in keys):
        raise SettingsRefused(f"{where}: a key needs {_SHORTEST} characters or more; {_HINT}")
    return keys


def _make(path: Path) -> None:
    """Whole or not at all, and once: of two processes that make it at the same time one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError:
        return
    finally:
        partial.unlink(missing_ok=True)
