"""The state of the hub on one screen, from what the module hub_facts returned. Pure functions."""
