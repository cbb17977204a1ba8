"""Site folders: creates them, reads their files, checks commits. The only package that accesses files."""
