"""`python -m pmone` is the command `pmone`."""

from pmone import main

main()
