"""The studio: an endless, seeded source of furniture pictures with their masks, grids and cameras."""
