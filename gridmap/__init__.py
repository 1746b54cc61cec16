"""Where: codes, datums, layers, overlay, placement, locate and coverage maps; pure, no files, no database."""
