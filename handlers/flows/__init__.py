"""Load, decide, save: plain functions, one transaction each. They never wait for a wire."""
