"""The pedestrian: skeleton, body, clothing, appearance, labels and keypoints."""
