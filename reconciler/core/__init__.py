"""Pure: everything is decided here, nothing is read, written, timed or drawn by lot."""
