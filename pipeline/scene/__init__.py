"""All pieces of one photo as a scene: each in its real size where it stands, on one floor.

The frame of a scene: the origin is the point of the floor below the camera, x points to the right
of the photo, y up, z toward the camera (the view of the photo's middle is along -z); in metres.
"""
