"""The kinds of background work, by the short names of their queues (infra/queues.yml; a test compares). Used by wiring.py.

What each does stands in plain words in shared/texts/operations.toml, under `operations.work_<name>`.
"""

from typing import Final

WORKS: Final = (
    "check-awards", "count-attendance", "count-signatures", "deliver-reminder", "import-delegates", "issue-certificate",
    "issue-ticket", "mail-feedback", "plan-campaign", "publish-certificates", "publish-results", "seal-pledge",
    "send-certificate", "send-contact-changed", "send-invitation", "send-pledge-status", "send-sealed-pledge",
    "send-sign-in", "send-signature-receipt", "send-signing-links", "sign-status-lists", "write-log",
)  # fmt: skip
TABLES: Final = (
    "campaigns", "ceremonies", "certificates", "directory", "identity", "notices", "papers", "pledges",
    "transparency",
)  # fmt: skip
"""The contexts that have a table (infra/tables.yml); what the outbox holds passes by itself."""
