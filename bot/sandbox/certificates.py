"""A certificate authority for one run, and the bundle of roots that trusts it as well."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi
import trustme


def make(folder: Path) -> tuple[ssl.SSLContext, Path, Path]:
    """Write a new authority into the folder.

    Returns:
        The server's context for 127.0.0.1, the authority's PEM, and one file with the bundle in
        force before (else certifi's) followed by that PEM. One file, because requests reads
        exactly one, and `REQUESTS_CA_BUNDLE` beats what a session says (measured).
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    pem = folder / "azure-ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    before = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
    trusted = before.read_bytes() if before.is_file() else Path(certifi.where()).read_bytes()
    bundle = folder / "ca-bundle.pem"
    bundle.write_bytes(trusted.rstrip() + b"\n" + pem.read_bytes())
    return context, pem, bundle
