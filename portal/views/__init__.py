"""One file per group of pages.  A view reads the request, calls queries or commands, and renders or redirects."""
