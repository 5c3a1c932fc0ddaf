"""Random scenes: objects, rooms, materials and cameras; also the example pictures."""
