"""Tokens as signed JSON, and the key by which anybody can check them.  The key is made when first needed, and kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_ID = "1CAF8E66772D6DC028D6726FD0261581570EFC19"


def signed(claims: Mapping[str, object]) -> str:
    head = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    text = ".".join(url64(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{url64(_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def key_set() -> dict[str, list[dict[str, str]]]:
    """What the vendor shows at its jwks_uri."""
    public = _key().public_key().public_numbers()
    numbers = {"n": _number(public.n), "e": _number(public.e)}
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, **numbers}]}


def url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return url64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
