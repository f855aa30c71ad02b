"""Tencent knocks: one file a kind of callback."""
