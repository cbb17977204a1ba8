"""The variables: their types, structure and specification."""
