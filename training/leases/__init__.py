"""Steps of the next GPU lease, see next.md."""
