"""What we remember: one SQLite file, one file here a table, one function a question."""
