"""The `sanlian` command, one module for each thing people do with it."""
