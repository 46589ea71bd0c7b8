"""``python -m codilingua``: the command line, where the script is not on the path."""

from codilingua.cli.main import main

main()
