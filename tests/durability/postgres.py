"""A throw-away PostgreSQL server for tests, run by a user who may (it refuses root)."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = "-c fsync=off -c synchronous_commit=off -c listen_addresses=127.0.0.1"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl; None when PostgreSQL is not installed."""
    found = shutil.which("pg_ctl")
    if found and shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return versions[-1].parent if versions else None


def missing() -> str:
    """Why no server can be started here; empty when one can."""
    if programs() is None:
        return "PostgreSQL's programs (initdb, pg_ctl) are not installed"
    if os.geteuid() == 0 and _postgres_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user `postgres`"
    return ""


@contextmanager
def server() -> Iterator[str]:
    """A new server on a free port; yields the address of an empty database."""
    bin_folder = programs()
    assert bin_folder is not None, missing()
    folder = Path(tempfile.mkdtemp(prefix="aml-bot-postgres-"))
    user = _postgres_user() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run(
            [str(bin_folder / command[0]), *command[1:]],
            check=True,
            cwd=folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "bot", "-E", "UTF8", "--no-sync")
        options = f"{_SETTINGS} -c port={port} -c unix_socket_directories={folder}"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://bot@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
