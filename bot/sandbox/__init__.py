"""Stand-ins for the two services the bot talks to, sharing no code with the clients of them."""
