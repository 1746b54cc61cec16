"""How: people and seats, levels, periods, permissions and the workflows; pure, no files, no database."""
