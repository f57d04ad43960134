"""The public log (FORMATS 4): every issued document, every change of its status and every trust list stands in it, for ever.

What everybody sees is the Merkle tree's tiles, the entries and the signed checkpoint, as files under `/log/` (tiles.py). An
entry says nothing by itself: it is a keyed hash of its subject, and the key, a salt, is handed out with the document alone.

Key table (table `transparency`; E = entry id)
| item    | partition | sort                       | index1                          |
|---------|-----------|----------------------------|---------------------------------|
| entry   | `entry#E` | `entry`                    | `pending` / E, until it is placed |
| head    | `log`     | `head`                     |                                 |
| batch   | `batches` | `<first index, 12 digits>` |                                 |

Steps of the writer; any number of writers may work at once, and a crash between any two loses nothing and doubles nothing:

1. NoteEntry stores an entry if absent, under an id that follows from what it is about, and draws its salt. A fact that comes
   twice finds the first one's salt.
2. AppendEntries writes one immutable batch object, then moves the head `{size, frontier, batch, time}` by its version: the
   commit point. The same commit gives each entry its place; so an entry is placed once, whoever else tries.
3. PublishLog makes tiles, bundles and the checkpoint from head and batches. A tile's name says which leaves it covers, so it
   is written once and is the same whoever writes it; the checkpoint comes last and tells how far the rest is complete.

Objects: `log/batches/...` in the private ones, `log/tile/...` and `log/checkpoint` in the public ones.
"""
