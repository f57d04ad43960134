"""The sample ceremony (samples/khoi-thi-dua-2): moved to today, loaded through the public API, played to its end."""
