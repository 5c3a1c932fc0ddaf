"""The studio: an endless, seeded source of furniture pictures, masks, grids and cameras."""
