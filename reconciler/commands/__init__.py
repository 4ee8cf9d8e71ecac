"""The write side: what people tell Concord to do, one module a subject; used by the portal and the command line alike.

Every function takes an open session, checks what it is asked, notes who asked in the activity log, and commits.
"""
