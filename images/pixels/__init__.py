"""Conversion of decoded pixels: first frame, fewer pixels, 8 bits, sRGB, transparency."""
