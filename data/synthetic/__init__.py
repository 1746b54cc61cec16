"""Invents a Heshan around the little that is really known of it, from one seed, and writes it as files for the door."""

from data.synthetic.files import Heshan, ImportFile, invent, write_files

__all__ = ["Heshan", "ImportFile", "invent", "write_files"]
