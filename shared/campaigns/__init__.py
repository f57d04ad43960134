"""Emulation campaigns (đợt thi đua), the commemorative calendar, their milestones and the reminders that come due.

Key table (table `campaigns`; C = campaign id)
| item     | partition    | sort       | index1                      |
|----------|--------------|------------|-----------------------------|
| campaign | `campaign#C` | `campaign` | `campaigns` / `<day>#C`     |
| plan     | `campaign#C` | `plan`     |                             |

A reminder is a schedule, not an item: one per milestone and unit, with a name that follows from both, so that planning twice
makes none twice. What was sent is in the ledger of the context notices.
"""
