"""The scene around a pedestrian: camera, street, ground, occluders, shading."""
