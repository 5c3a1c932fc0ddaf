"""The process: command line, environment, address, connections, memory, its start and end."""
