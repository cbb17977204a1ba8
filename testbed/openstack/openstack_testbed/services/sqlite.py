"""SQLite for several writers: importing this module changes every database of the process.

Services write from several threads and take turns badly: the second of two writers that began by reading gets
"database is locked" at once, and a cluster or a server ends in an error. So a transaction of a writer takes the lock
when it begins and waits its turn; readers (write-ahead log) never wait. Readers must not take it: Magnum leaves some
of them open.
"""

from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import event
from sqlalchemy.engine import Engine

_Factory, _WRITER = enginefacade._TransactionFactory, enginefacade._WRITER
_create_session, _create_connection = _Factory._create_session, _Factory._create_connection


def _writer(factory):
    if not factory._started:
        factory._start()
    return factory._writer_engine.execution_options(immediate=True)


def _session(self, mode, bind=None):
    return _create_session(self, mode, _writer(self) if mode is _WRITER and bind is None else bind)


def _connection(self, mode):
    return _writer(self).connect() if mode is _WRITER else _create_connection(self, mode)


_Factory._create_session, _Factory._create_connection = _session, _connection


@event.listens_for(Engine, "begin")
def _begin(connection):
    # Comes before oslo.db's own BEGIN, which looks at the same mark.
    if connection.get_execution_options().get("immediate") and "in_transaction" not in connection.info:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.info["in_transaction"] = True


@event.listens_for(Engine, "connect")
def _connect(connection, _record):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 30000")
