"""Acts: one function per act and transaction; HTTP, the command line and tests all call these."""
