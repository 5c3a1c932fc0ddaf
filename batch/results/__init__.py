"""Results of a run: records of photos, their manifest, and names of models."""
