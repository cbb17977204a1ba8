"""The testbed and a site on it, for tests of any module here."""

from fixtures import fresh, make_site, site, testbed  # noqa: F401
