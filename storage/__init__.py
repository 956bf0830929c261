"""What is remembered: posts, predictions, stories, counts, alerts; one SQLite file, written in whole transactions."""
