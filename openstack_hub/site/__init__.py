"""A site folder: created, read, checked before a commit. The only package that touches files."""
