"""The session's cluster, for tests of any module here."""

from clusters import built, cluster, kubernetes, namespace  # noqa: F401
