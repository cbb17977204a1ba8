"""What is generated from the specification: defaults files, reference, JSON Schemas."""
