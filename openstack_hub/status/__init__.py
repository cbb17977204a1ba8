"""How the hub is, for people: from what the module hub_facts returned to lines of one screen. Pure."""
