"""Secrets at rest: sealed with the newest key, opened with any, and bound to the row they were sealed for.

AES-256-GCM with the row's name as associated data: a ciphertext moved into another row does not open.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reconciler.errors import Usage
from reconciler.settings import Settings

NONCE = 12
KEY_ID = 4
KEY_FILE = "secret_key"


def secret_keys(settings: Settings) -> list[str]:
    """The current secret key, then the earlier ones; made and kept in the instance folder when none is set."""
    earlier = [key for key in settings.values["SECRET_KEY_OLD"].split(",") if key]
    return [settings.values["SECRET_KEY"] or _kept(settings), *earlier]


def _kept(settings: Settings) -> str:
    """The key of this machine, made at first use."""
    path = settings.instance / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Usage(
            f"The secret key cannot be kept in {settings.instance} ({error.strerror}).",
            remedy="Set CONCORD_SECRET_KEY, or name a folder in CONCORD_INSTANCE that this user may write to.",
        ) from error


def _make(path: Path) -> None:
    """Whole or not at all: whoever finds it, finds all of it, and two that start together end up with one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # somebody was quicker
        os.link(unfinished, path)
    Path(unfinished).unlink()


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens; `keys` has the current one first."""

    keys: Sequence[str] = field(repr=False)

    def seal(self, secret: str, row: str) -> bytes:
        """Encrypt `secret` for `row`: key id, nonce, ciphertext."""
        nonce = secrets.token_bytes(NONCE)
        key = _key(self.keys[0])
        return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, secret.encode(), row.encode())

    def open(self, sealed: bytes, row: str) -> str:
        """Decrypt what was sealed for `row`; raises Usage when no key fits or the text was sealed for another row."""
        for key in map(_key, self.keys):
            if sealed[:KEY_ID] != _key_id(key):
                continue
            try:
                opened = AESGCM(key).decrypt(sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :], row.encode())
            except InvalidTag:
                break
            return opened.decode()
        raise Usage(
            f"The stored secret of {row} cannot be opened.",
            remedy="Set CONCORD_SECRET_KEY (or CONCORD_SECRET_KEY_OLD) to the key it was stored with, or connect anew.",
        )


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"concord vault " + secret.encode()).digest()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:KEY_ID]
