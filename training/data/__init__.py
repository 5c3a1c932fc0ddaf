"""Batches, augmentation and helpers that every source of pictures shares."""
