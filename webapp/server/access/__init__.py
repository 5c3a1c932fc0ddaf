"""Access to the server: clients, users and their login, origins, frames, tools for agents."""
