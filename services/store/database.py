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
    advice="Set AML_BOT_DATABASE_URL to postgresql://user:password@host/name, or unset it",
)
NOT_POSTGRES = ErrorText(
    code="DatabaseKind",
    what="The database address begins with {scheme}://",
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
            raise _unreachable(error) from error
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
    except sa.exc.ArgumentError as error:
        raise NotConfiguredError(NO_ADDRESS) from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise NotConfiguredError(NOT_POSTGRES, scheme=parsed.drivername)
    return parsed.set(drivername="postgresql+psycopg")


def _make(data_dir: Path) -> None:
    try:
        make_private(data_dir)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotConfiguredError(NO_FOLDER, folder=str(data_dir), reason=reason) from error


def _unreachable(error: sa.exc.DatabaseError) -> NotConfiguredError:
    reason = str(error.orig).strip().splitlines()
    return NotConfiguredError(UNREACHABLE, reason=reason[0] if reason else "")
