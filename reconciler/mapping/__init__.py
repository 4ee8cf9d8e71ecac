"""The vendors' wire dictionaries to canonical records and back, one module a side.

Pure: nothing here calls anybody.
"""
