"""Our tables: a SQLite file in the data directory, or a schema of one PostgreSQL for replicas."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from services.errors import ErrorText, NotConfiguredError
from services.kinds import Kinds
from services.store.folder import make_private
from services.store.leases import LeaseTable
from services.store.licences import LicenceTable
from services.store.migrations import SCHEMA, migrate
from services.store.operations import OperationTable
from services.store.plans import PlanTable
from services.store.seen import SeenTable
from services.store.sqlite import POOL, sqlite_engine

NO_ADDRESS = ErrorText(
    code="DatabaseAddress",
    what="The database address cannot be read",
    advice=(
        "Set AML_BOT_DATABASE_URL to postgresql://user:password@host/name, or unset it. "
        "Write @ : / ? # and % of the password as %40 %3A %2F %3F %23 and %25"
    ),
)
NOT_POSTGRES = ErrorText(
    code="DatabaseKind",
    what="The database address is not one of PostgreSQL",
    advice="Set AML_BOT_DATABASE_URL to postgresql://…, or unset it to use SQLite",
)
NO_FOLDER = ErrorText(
    code="DataFolder",
    what="The folder {folder} cannot be used",
    why="{reason}",
    advice="Set AML_BOT_DATA_DIR to a folder that the bot may write to",
)
UNREACHABLE = ErrorText(
    code="DatabaseUnreachable",
    what="The database cannot be opened",
    why="{reason}",
    advice="Check AML_BOT_DATABASE_URL, or AML_BOT_DATA_DIR for SQLite",
)


# What psycopg and PostgreSQL say, in small letters (read in psycopg 3.3 and libpq 17) -> why.
REASONS = {
    "failed to resolve host": "Its host has no address, or the password a sign unescaped",
    "could not translate": "Its host has no address, or the password a sign unescaped",
    "authentication failed": "It takes the user or the password for wrong",
    "no password supplied": "It wants a password",
    "pg_hba.conf": "Its rules let this user or this machine not in",
    'role "': "It knows no such user",
    "does not exist": "It has no database of that name",
    "connection refused": "Nothing listens there",
    "timeout": "It did not answer in time",
    "timed out": "It did not answer in time",
    "too many": "It has too many connections already",
    "starting up": "It is still starting",
    "sslmode value": "The address has an sslmode that nobody knows",
    "ssl": "No encrypted connection came about",
    "permission denied": "The user may not create tables there",
    "invalid connection option": "The address has an option that nobody knows",
    "invalid": "The address has a value that nobody understands",
}
OTHER_REASON = "The driver refuses the address, or the server ended the connection"
NO_HOST = "Its host is none that can be looked up"


class Database:
    """Opens the database, brings its tables up to date and hands them out.

    Args:
        url: `postgresql://…`, or None for SQLite files in `data_dir`.
        data_dir: created when missing.
        kinds: of the operations that are kept there.

    Raises:
        NotConfiguredError: the address is of another kind, or nothing answers there.
    """

    def __init__(self, url: str | None, data_dir: Path, kinds: Kinds) -> None:
        self.kinds = kinds
        self.data_dir = data_dir
        _make(data_dir)
        self.url = None if url is None else _postgres(url)
        if self.url is None:
            self.engine = sqlite_engine(data_dir / "operations.sqlite")
        else:
            options = {"options": f"-csearch_path={SCHEMA}", "connect_timeout": 10}
            self.engine = sa.create_engine(
                self.url, connect_args=options, pool_pre_ping=True, **POOL
            )
        try:
            migrate(self.engine)
        except sa.exc.DatabaseError as error:
            self.engine.dispose()
            raise _unreachable(error, shared=self.shared) from error
        except UnicodeError as error:  # the host is no name that could be looked up
            self.engine.dispose()
            raise NotConfiguredError(UNREACHABLE, reason=NO_HOST) from error
        self.operations = OperationTable(self.engine, kinds)
        self.plans = PlanTable(self.engine, kinds)
        self.seen = SeenTable(self.engine)
        self.leases = LeaseTable(self.engine)
        self.licences = LicenceTable(self.engine)

    @property
    def shared(self) -> bool:
        """True when several bots may use it at the same time."""
        return self.url is not None

    def prune(self, now: float, keep: float) -> int:
        """Forget what nobody needs any more; what runs is never forgotten.

        Args:
            now: simulated seconds.
            keep: simulated seconds that an operation is known after its end.

        Returns:
            How many operations were forgotten.
        """
        self.plans.prune(now)
        self.seen.prune()
        return self.operations.prune(now - keep)

    def close(self) -> None:
        self.engine.dispose()


def _postgres(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:  # ValueError: half an IPv6 address, a port
        raise NotConfiguredError(NO_ADDRESS) from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise NotConfiguredError(NOT_POSTGRES)
    if url.count("@") > 1 or "@" in (parsed.database or ""):
        raise NotConfiguredError(NO_ADDRESS)
    return parsed.set(drivername="postgresql+psycopg")


def _make(data_dir: Path) -> None:
    try:
        make_private(data_dir)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotConfiguredError(NO_FOLDER, folder=str(data_dir), reason=reason) from error


def _unreachable(error: sa.exc.DatabaseError, *, shared: bool) -> NotConfiguredError:
    """Say why, and of PostgreSQL not in the driver's words: they quote the address as it was read.

    A password with an unescaped sign is half a host name then.
    """
    said = str(error.orig).strip()
    if not shared:
        return NotConfiguredError(UNREACHABLE, reason=said.splitlines()[0] if said else "")
    reasons = (reason for pattern, reason in REASONS.items() if pattern in said.lower())
    return NotConfiguredError(UNREACHABLE, reason=next(reasons, OTHER_REASON))
