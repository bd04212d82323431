"""Strong lottery tickets in random ±1 networks: the front door."""
