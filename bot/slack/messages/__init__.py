"""What people read in Slack: data in, text and blocks out. Pure; every word is the catalogue's."""
