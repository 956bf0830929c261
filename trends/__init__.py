"""Posts to stories, stories to trends: streaming statistics in event time; numpy only."""
