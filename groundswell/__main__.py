"""`python -m groundswell`: the command line without an installed script."""

from groundswell.cli import main

main()
