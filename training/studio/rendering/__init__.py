"""Rendering of scenes: ray tracing, shading and camera effects."""
