"""Units (cơ quan, đơn vị) over time, and the emulation blocks (khối thi đua) that they form for one year.

Key table (table `directory`)
| item           | partition             | sort                   | index1                                             |
|----------------|-----------------------|------------------------|----------------------------------------------------|
| unit           | `units`               | `<code>`               |                                                    |
| block          | `block#<code>`        | `<year>`               | `blocks#<year>` / `<collation key>`                |
| hand-over      | `block#<code>`        | `handover#<year>#<id>` |                                                    |
| reorganisation | `reorganisation#<id>` | `reorganisation`       | `reorganisations` / `<first day>#<begun at>#<id>`  |

All units stand in one partition, because every import needs a consistent snapshot of them and they change rarely: a
province has a few thousand. Other contexts get names by `rules.unit_names`, passed in by the edge.
"""
