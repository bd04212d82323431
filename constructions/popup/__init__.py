"""Edge-popup: masks found by training scores, without a target network and without a bound."""
