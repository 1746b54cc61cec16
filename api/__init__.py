"""Doors: the web application, its pages, and the `sanlian` command."""
