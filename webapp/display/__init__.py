"""What the page shows of a session: models, rooms, views, previews, the opening example."""
