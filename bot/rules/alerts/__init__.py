"""What raises an alert: one function each over stored facts, and what an alert is.

`signal` holds the words; the other files hold the functions, by whose facts they look at.
"""

from bot.rules.alerts.signal import (
    APP,
    KIND,
    NEWS,
    SEVERITY,
    AlertKind,
    Severity,
    Signal,
    fingerprint_of,
)

__all__ = ["APP", "KIND", "NEWS", "SEVERITY", "AlertKind", "Severity", "Signal", "fingerprint_of"]
