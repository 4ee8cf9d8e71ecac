"""The four steps of a run, and what makes up for a run that did not end: I/O around the pure core."""
