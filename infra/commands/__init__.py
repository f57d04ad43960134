"""The `giaouoc` command line: run, demo, backup, restore, redrive, keys. Help in Vietnamese and English."""
