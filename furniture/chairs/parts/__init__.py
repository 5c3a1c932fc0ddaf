"""Parts of chairs: dimensions, seats, backs, arms, legs and bases."""
