"""The session's cluster, for tests of any module here."""

from clusters import bed, built, kubernetes, namespace  # noqa: F401
