"""The audit of every constant hidden in a Θ or an O."""
