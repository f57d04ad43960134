"""The `giaouoc` command line: run, demo, link, backup, restore, redrive, keys. Help in Vietnamese and English."""
