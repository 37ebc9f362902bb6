"""Read strangers' pictures in a process of its own, which sees Pillow and nothing else of ours."""
