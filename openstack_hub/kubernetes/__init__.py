"""Clients of Kubernetes and Helm, and what they report, as plain data."""
