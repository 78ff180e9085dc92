"""Certificates for servers and clients of tests, made on the spot."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)


def make_authority(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 that vouches for itself, and its key; return the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("broker")
    return _write(folder, "", key, _certificate(name, name, key, key, is_authority=True))


@dataclass(frozen=True, slots=True)
class Authority:
    """Somebody whose word counts. `file` is the certificate."""

    file: Path
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        """Make one in a folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("authority")
        return cls(_write(folder, "authority-", key, _certificate(name, name, key, key, is_authority=True)), key)

    def certify(self, name: str, *, expired: bool = False) -> tuple[Path, Path]:
        """Return a certificate for `name` at 127.0.0.1, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(_name(name), _name("authority"), key, self.key, is_expired=expired)
        file = _write(self.file.parent, f"{name}-", key, made)
        return file, file.with_name(f"{name}-key.pem")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
    is_expired: bool = False,
) -> x509.Certificate:
    until = NOW - _DAY if is_expired else NOW + _DAY
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 2 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def _write(folder: Path, prefix: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{prefix}key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    file = folder / f"{prefix}certificate.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return file
