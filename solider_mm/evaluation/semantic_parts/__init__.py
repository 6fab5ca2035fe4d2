"""Agreement of semantic parts with ground truth: IoU, NMI, nearest neighbors."""
