"""Memory: tables, stores, importers, exports, and the files that configure a practice."""
