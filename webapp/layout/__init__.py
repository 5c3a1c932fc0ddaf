"""The layout of the page: its head, its title, its panels and tabs, and `Page` that holds all."""
