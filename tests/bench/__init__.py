"""What must be fast, as ratios: ours and something beside it, run in turn on the same machine.

Beside them the ceiling of the Tencent stand-in, which no benchmark of a send may come near.
"""
