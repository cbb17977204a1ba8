"""hubkit: `hub` configures JupyterHub, `culler` stops idle servers, `server` runs in user servers.

Imported from a zip, so no module reads files of the package.
"""
