"""What a run shows of itself: progress lines, curves, pictures, measurements on photographs."""
