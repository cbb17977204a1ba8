"""A small real Kubernetes on this machine: its nodes are containers."""
