"""The ledger of every message sent: what went out to whom, when, at which attempt, and what was not sent and why.

It holds a reference of the recipient (`registration:<id>`) and a hint of the address (`v…@tinhdoan.vn`), never the address,
a secret, a token or the letter itself.

Key table (table `notices`)
| item         | partition     | sort   | index1                                   | index2                      |
|--------------|---------------|--------|------------------------------------------|-----------------------------|
| ledger entry | `notice#<id>` | `entry`| `kind#<kind>` / `<state>#<created>#<id>` | `state#<state>` / `<created>#<id>` |
"""
