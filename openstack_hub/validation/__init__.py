"""Every problem in the variables, with file and line."""
