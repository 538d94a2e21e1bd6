"""JSON Web Tokens as a strict verifier sees them: by the rules alone, with nothing of the issuers' own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Json = Mapping[str, object]

# RFC 8017 §9.2, note 1: what stands before a SHA-256 digest.
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
# RFC 5480: the head of a public key on P-256, whose uncompressed point follows.
_P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")


@dataclass(frozen=True)
class Token:
    """A token taken apart; nothing of it has been verified."""

    header: Json
    claims: Json
    signed: bytes
    signature: bytes


def base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parse(text: str) -> Token:
    header, claims, signature = text.split(".")
    return Token(
        json.loads(base64url(header)),
        json.loads(base64url(claims)),
        f"{header}.{claims}".encode(),
        base64url(signature),
    )


def is_signed_by(token: Token, key: Json) -> bool:
    """Whether the signature is the key's, RS256 or ES256, whatever the header says."""
    if key["kty"] == "RSA":
        modulus, exponent = _integer(key, "n"), _integer(key, "e")
        size = (modulus.bit_length() + 7) // 8
        # RFC 8017 §8.2.2: the encoded message is compared as a whole.
        digest = _SHA256_INFO + hashlib.sha256(token.signed).digest()
        expected = b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
        is_whole = len(token.signature) == size
        return is_whole and pow(int.from_bytes(token.signature), exponent, modulus) == int.from_bytes(expected)
    return len(token.signature) == 64 and _openssl_verifies(token, _P256_HEAD + b"\x04" + _point(key))


def is_signed_with_secret(token: Token, secret: bytes) -> bool:
    """Whether the signature is HS256 with the secret."""
    return hmac.compare_digest(hmac.new(secret, token.signed, hashlib.sha256).digest(), token.signature)


def pem(key: Json) -> bytes:
    """Returns the PEM of an RSA key (RFC 5280 SubjectPublicKeyInfo), as a verifier may keep it."""
    numbers = _der(0x30, _der_integer(_integer(key, "n")) + _der_integer(_integer(key, "e")))
    content = base64.b64encode(_der(0x30, _RSA_ALGORITHM + _der(0x03, b"\x00" + numbers))).decode()
    lines = [content[start : start + 64] for start in range(0, len(content), 64)]
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", "")).encode()


def faults(text: str, issuer: str, audience: str, keys: Sequence[Json]) -> set[str]:
    """Returns everything that is wrong with a token, by RFC 7515, RFC 7519 §4.1 and OpenID Connect Core 1.0 §2."""
    token = parse(text)
    return _signature_faults(token, keys) | _claim_faults(token.claims, issuer, audience)


def _signature_faults(token: Token, keys: Sequence[Json]) -> set[str]:
    if "crit" in token.header:
        return {"critical"}
    if token.header["alg"] not in {key["alg"] for key in keys}:
        return {"algorithm"}
    key = next((key for key in keys if key["kid"] == token.header.get("kid")), None)
    if key is None:
        return {"key"}
    return set() if key["alg"] == token.header["alg"] and is_signed_by(token, key) else {"signature"}


def _claim_faults(claims: Json, issuer: str, audience: str) -> set[str]:
    now = time.time()
    found = {name for name in ("iss", "sub", "aud", "exp", "iat") if name not in claims}
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
    found |= {name for name, value in times.items() if not isinstance(value, int)}
    if claims.get("iss", issuer) != issuer:
        found.add("iss")
    audiences = claims.get("aud", audience)
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        found.add("aud")
    if isinstance(times.get("exp"), int) and times["exp"] <= now:
        found.add("exp")
    if isinstance(times.get("nbf"), int) and times["nbf"] > now + 1:
        found.add("nbf")
    return found


def _integer(key: Json, member: str) -> int:
    return int.from_bytes(base64url(str(key[member])))


def _point(key: Json) -> bytes:
    return base64url(str(key["x"])) + base64url(str(key["y"]))


def _openssl_verifies(token: Token, public_key: bytes) -> bool:
    r, s = int.from_bytes(token.signature[:32]), int.from_bytes(token.signature[32:])
    with tempfile.TemporaryDirectory() as folder:
        key, signature = Path(folder, "key"), Path(folder, "signature")
        key.write_bytes(public_key)
        signature.write_bytes(_der(0x30, _der_integer(r) + _der_integer(s)))
        command = ("openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", key, "-signature", signature)
        return subprocess.run(command, input=token.signed, capture_output=True, check=False).returncode == 0


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def _der_integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1))
