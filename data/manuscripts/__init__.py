"""Manuscripts: what an office's paper says, and the writers that make a PDF, Word, Excel or PowerPoint file of it."""
