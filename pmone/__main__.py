"""`python -m pmone` is the command `pmone`."""

from pmone.cli import main

main()
