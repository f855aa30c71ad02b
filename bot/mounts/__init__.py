"""Where the registry meets the outside: Slack's envelopes, HTTP routes, the clock.

The one place where an exception becomes a sentence.
"""
