"""The read side: what the portal's pages and the command line's listings show, as frozen view rows.

One module a subject.  Every function takes an open SQLAlchemy session, reads by an index, and returns values that
outlive the session.  Nothing here writes, and nothing here knows Flask.
"""
