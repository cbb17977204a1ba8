"""Clients of OpenStack, and the reconciliation of Magnum clusters and project resources."""
