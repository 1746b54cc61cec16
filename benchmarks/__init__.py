"""What is claimed about speed, measured beside its peers in one run, with the answers compared."""
