"""The command line: its words, and one module for each kind of command.

A command takes the settings and its parsed arguments, prints its result on standard output and returns its exit
code, in order of precedence: 2 usage, 3 halted or held, 5 refused, 4 unavailable or busy, 1 done and something is
open, 0 done.
"""
