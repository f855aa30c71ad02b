"""The roles a person can have. app.yaml says who has which; nobody has one by default."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do; the value is the word in app.yaml."""

    VIEWER = "viewer"
    """Reads: lists, figures, histories, with masked numbers."""
    SENDER = "sender"
    """Sends messages and asks for changes."""
    APPROVER = "approver"
    """Decides on what somebody else asked for."""
    ONCALL = "oncall"
    """Receives alerts and acts on them."""
    ADMIN = "admin"
    """Sets the bot up and sees full numbers, with a reason."""
