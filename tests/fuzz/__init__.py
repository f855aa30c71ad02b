"""Callbacks as an attacker, a broken relay or a bad line would post them: nothing may break, and
nothing may be stored that was not said."""
