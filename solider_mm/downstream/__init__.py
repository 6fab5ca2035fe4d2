"""Tasks, one folder each; only here may mmdet, mmseg and mmpose be imported."""
