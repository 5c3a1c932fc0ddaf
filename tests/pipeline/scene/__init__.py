"""Tests of `pipeline.scene`."""
