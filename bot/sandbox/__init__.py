"""Stand-ins for the two services the bot talks to; they share no code with what they stand in for."""
