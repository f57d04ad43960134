"""The public facts of the product, one module per context. All of them together: events/catalogue.py.

Each module lists its events in `EVENTS = {("TypeName", version): Class}`. Adding an event = one class, one golden sample in
events/samples, `make schemas`; the tests name whatever else is missing.
"""
