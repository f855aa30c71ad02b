"""What a template is for: the class decides what happens to a message whose fate is unknown."""

from enum import StrEnum


class TemplateClass(StrEnum):
    """The promise made for messages of a template; the value is the word in app.yaml."""

    OTP = "otp"
    """A code that is worthless in minutes: an unresolved one is dropped as unknown."""
    NOTICE = "notice"
    """A unique fact: an unresolved one goes to a person."""
    MARKETING = "marketing"
    """Wanted by the sender more than by the receiver: an unresolved one goes to a person."""
    ALERT = "alert"
    """Somebody must hear it: an unresolved one goes to the next person first."""
