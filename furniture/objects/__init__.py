"""Objects that are no furniture: Pix3D's categories misc and tool."""
