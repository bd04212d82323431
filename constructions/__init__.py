"""What is built: random ±1 networks, plans, constructions and tickets (untrusted producers)."""
