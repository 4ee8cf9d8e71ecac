"""What Concord remembers: tables on a plain SQLAlchemy base, and the stores that read and write them."""
