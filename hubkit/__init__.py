"""hubkit: a JupyterHub's own Python. `hub` configures it, `culler` runs beside it, `server` in its users' servers.

Runs from a zip on the import path, so no module reads a file of the package.
"""
