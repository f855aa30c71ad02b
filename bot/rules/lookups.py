"""How many numbers somebody may ask about: nobody finds out, one by one, who is written to."""

from datetime import timedelta

from bot.rules.floods import Rate

#: Typed numbers of one person, known here or not.
RATE = Rate(20, timedelta(hours=1))
