"""The tables of conformance: what the Tencent sandbox was tried with, and what passed."""
