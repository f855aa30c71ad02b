"""What must be fast, as ratios: ours and something beside it, run in turn on the same machine."""
