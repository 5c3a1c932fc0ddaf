"""What a run has made: records of photos, their manifest, and names of models."""
