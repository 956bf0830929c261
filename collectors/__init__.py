"""Public text in: one file per source, one polite http door for all, one runner with cursors."""
