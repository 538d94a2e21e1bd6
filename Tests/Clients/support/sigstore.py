"""A Sigstore of the tests' own: an authority, a transparency log, a certificate log, and a signer that can lie."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_SHA256 = ec.ECDSA(hashes.SHA256())
_ISSUED = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_PUBLISH = "https://docs.pypi.org/attestations/publish/v1"

Attestation = dict[str, object]


@dataclass(frozen=True)
class Identity:
    """The CI job that a certificate names, by the numbers of Fulcio's extensions."""

    names: tuple[str, ...]
    claims: dict[int, str]

    @classmethod
    def github(cls, repository: str, workflow: str = "release.yml") -> Identity:
        address = f"https://github.com/{repository}"
        job = f"{address}/.github/workflows/{workflow}@refs/tags/v1"
        return cls(
            (job,),
            {8: "https://token.actions.githubusercontent.com", 9: job, 12: address, 13: _COMMIT, 14: "refs/tags/v1",
             18: job},
        )  # fmt: skip

    @classmethod
    def gitlab(cls, repository: str) -> Identity:
        address = f"https://gitlab.com/{repository}"
        job = f"{address}//.gitlab-ci.yml@refs/heads/main"
        return cls((job,), {8: "https://gitlab.com", 12: address, 13: _COMMIT, 14: "refs/heads/main", 18: job})


@dataclass(frozen=True)
class Forgery:
    """What an attestation lies about; as it is, nothing."""

    filename: str | None = None
    sha256: str | None = None
    statement: bytes | None = None
    signer: ec.EllipticCurvePrivateKey | None = None
    body_of_another: bool = False
    log: ec.EllipticCurvePrivateKey | None = None


@dataclass
class Sigstore:
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    ca_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    log: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    certificate_log: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        root, name = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("test root", "test intermediate")
        )
        self.root = self._authority(root, self.root_key, root, 1)
        self.intermediate = self._authority(name, self.ca_key, root, 0)

    def _authority(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, length: int
    ) -> x509.Certificate:
        builder = (
            _certificate(name, key.public_key(), issuer, timedelta(days=1000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
            .add_extension(_usage(key_cert_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if issuer != name:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        return builder.sign(self.root_key, hashes.SHA384())

    # Trust

    def trusted_root(self) -> str:
        """The text of Sigstore's `trusted_root.json`."""
        chain = [{"rawBytes": _b64(_der(certificate))} for certificate in (self.intermediate, self.root)]
        period = {"start": "2020-01-01T00:00:00Z"}
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_log(self.log, "https://log.test", period)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "test", "commonName": "test"},
                        "uri": "https://ca.test",
                        "certChain": {"certificates": chain},
                        "validFor": period,
                    }
                ],
                "ctlogs": [_log(self.certificate_log, "https://ct.test", period)],
                "timestampAuthorities": [],
            }
        )

    def pems(self) -> dict[str, str]:
        """The same as PEM texts, by the names of the configuration's keys."""
        certificates = [
            certificate.public_bytes(serialization.Encoding.PEM).decode()
            for certificate in (self.intermediate, self.root)
        ]
        keys = {"transparency_log_keys": self.log, "certificate_log_keys": self.certificate_log}
        return {"certificate_authorities": "".join(certificates)} | {
            name: key.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
            for name, key in keys.items()
        }

    # Signing

    def attest(
        self, filename: str, sha256: str, identity: Identity, forgery: Forgery | None = None, predicate: str = _PUBLISH
    ) -> Attestation:
        """An attestation object of PEP 740 for a file."""
        forgery = forgery or Forgery()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._leaf(key.public_key(), identity)
        subject = {"name": forgery.filename or filename, "digest": {"sha256": forgery.sha256 or sha256}}
        statement = json.dumps(
            {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicateType": predicate,
             "predicate": None}
        ).encode()  # fmt: skip
        signed = forgery.statement or statement
        signature = (forgery.signer or key).sign(
            b"DSSEv1 28 application/vnd.in-toto+json %d " % len(signed) + signed, _SHA256
        )
        recorded = b"another statement" if forgery.body_of_another else statement
        entry = self._entry(_body(recorded, signature, certificate), forgery.log or self.log)
        return {
            "version": 1,
            "verification_material": {"certificate": _b64(_der(certificate)), "transparency_entries": [entry]},
            "envelope": {"statement": _b64(statement), "signature": _b64(signature)},
        }

    def _leaf(self, key: ec.EllipticCurvePublicKey, identity: Identity) -> x509.Certificate:
        builder = (
            _certificate(x509.Name([]), key, self.intermediate.subject, timedelta(minutes=10))
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in identity.names]),
                critical=True,
            )
        )
        for number, text in identity.claims.items():
            extension = x509.UnrecognizedExtension(
                ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), _asn1(0x0C, text.encode())
            )
            builder = builder.add_extension(extension, critical=False)
        unrecorded = builder.sign(self.ca_key, hashes.SHA384())
        list_of_one = _vector(_vector(self._timestamp(unrecorded)))
        extension = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), _asn1(0x04, list_of_one))
        return builder.add_extension(extension, critical=False).sign(self.ca_key, hashes.SHA384())

    def _timestamp(self, certificate: x509.Certificate) -> bytes:
        """A signed certificate timestamp of a certificate without one (RFC 6962 §3.2)."""
        milliseconds = struct.pack(">Q", int(_ISSUED.timestamp() * 1000))
        body = certificate.tbs_certificate_bytes
        entry = hashlib.sha256(_spki(self.ca_key)).digest() + len(body).to_bytes(3, "big") + body
        signature = self.certificate_log.sign(b"\0\0" + milliseconds + b"\0\1" + entry + b"\0\0", _SHA256)
        return b"\0" + _log_id(self.certificate_log) + milliseconds + b"\0\0" + b"\4\3" + _vector(signature)

    def _entry(self, body: bytes, log: ec.EllipticCurvePrivateKey) -> Attestation:
        """Rekor's entry of a body, alone in its tree."""
        time, log_id = int(_ISSUED.timestamp()) + 5, _log_id(log)
        promise = _canonical({"body": _b64(body), "integratedTime": time, "logID": log_id.hex(), "logIndex": 12345})
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"log.test - 1\n1\n{_b64(root)}\n"
        signature = _b64(log_id[:4] + log.sign(note.encode(), _SHA256))
        return {
            "logIndex": "12345",
            "logId": {"keyId": _b64(log_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(time),
            "inclusionPromise": {"signedEntryTimestamp": _b64(log.sign(promise, _SHA256))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n\u2014 log.test {signature}\n"},
            },
            "canonicalizedBody": _b64(body),
        }


def changed(attestation: Attestation, **envelope: object) -> Attestation:
    """An attestation with other members of its envelope."""
    other = copy.deepcopy(attestation)
    other["envelope"].update(envelope)  # type: ignore[attr-defined]
    return other


def named(identity: Identity, claim: int, text: str) -> Identity:
    """An identity with one claim changed."""
    return replace(identity, claims={**identity.claims, claim: text})


def _certificate(
    name: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_ISSUED if life < timedelta(days=1) else _ISSUED - life)
        .not_valid_after(_ISSUED + life)
    )


def _usage(**usages: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: usages.get(name, False) for name in names})


def _body(statement: bytes, signature: bytes, certificate: x509.Certificate) -> bytes:
    """What Rekor records of an envelope."""
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    digest = {"algorithm": "sha256", "value": hashlib.sha256(statement).hexdigest()}
    signatures = [{"signature": _b64(signature), "verifier": _b64(pem)}]
    return _canonical(
        {"apiVersion": "0.0.1", "kind": "dsse",
         "spec": {"envelopeHash": digest, "payloadHash": digest, "signatures": signatures}}
    )  # fmt: skip


def _log(key: ec.EllipticCurvePrivateKey, address: str, period: dict[str, str]) -> dict[str, object]:
    public = {"rawBytes": _b64(_spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": period}
    return {
        "baseUrl": address, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": {"keyId": _b64(_log_id(key))},
    }  # fmt: skip


def _log_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_spki(key)).digest()


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _asn1(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    if 128 <= size < 256:
        length = bytes([0x81, size])
    return bytes([tag]) + length + content


def _vector(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _canonical(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()
