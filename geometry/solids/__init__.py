"""From probable cells to one body: loose parts, feet, and where the surface lies in a cell."""
