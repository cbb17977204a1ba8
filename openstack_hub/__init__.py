"""The controller's logic: variables in, plain data or sentences out. No I/O."""
