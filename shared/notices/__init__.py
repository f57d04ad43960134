"""The ledger of every message sent: what went out to whom, when, at which attempt, what was not sent and why, and what the
mail service reported of it afterwards.

It holds a reference of the recipient (`registration:<id>`), a hint of the address (`v…@tinhdoan.vn`) and a digest of it,
never the address, a secret, a token or the letter itself.

Key table (table `notices`); `<address>` is the digest, model.address_key
| item         | partition           | sort          | index1                             | index2                       |
|--------------|---------------------|---------------|------------------------------------|------------------------------|
| ledger entry | `notice#<id>`       | `entry`       | `kind#<kind>` / `<state>#<place>`  | `state#<state>` / `<place>`  |
| suppression  | `address#<address>` | `suppression` | -                                  | -                            |
`<place>` is `<created>#<id>`.

    model.py        a notice, its line in the ledger          letters.py      the wording of letters
    usecases.py     SendNotice, ListNotices                   suppression.py  addresses that get no letters, and why
    feedback.py     NoteFeedback, LiftSuppression             ledger.py       how entries are stored
"""
