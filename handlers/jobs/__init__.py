"""The clock knocks: one file a job, each a question put to a table."""
