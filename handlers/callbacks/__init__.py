"""Tencent knocks: one door, and one file a kind of callback."""
