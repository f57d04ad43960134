"""Adapters of the embedded engine: the ports of shared/kernel/ports.py on one machine (DESIGN 1, left column).

store.py     one SQLite file: items (table.py), messages (queues.py), schedules (schedules.py), the test clock (clock.py);
             schema.py opens and migrates it, writer.py commits in groups, doorbell.py wakes waiting workers
objects.py   a folder of documents written once; signed_urls.py for large bodies
mail.py      SMTP or a Maildir, short messages to a spool
keyfiles.py  encrypted signing keys
backup.py    consistent copies while running, and their way back

Callers: shared/edge/wiring.py, infra/embedded (server, worker, scheduler), infra/commands.
"""
