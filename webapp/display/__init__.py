"""Updates of the page from a session: models, rooms, views, previews, the opening example."""
