"""Pledges (giao ước thi đua): many units sign one frozen text, in an order that binds (FORMATS 6, domain notes 3).

Key table (table `pledges`; `<v>` = version of the text, three digits; `<no>` = number of the party, three digits)
| item              | partition           | sort                   | index1 / index2                                           |
|-------------------|---------------------|------------------------|-----------------------------------------------------------|
| pledge            | `pledge#<id>`       | `pledge`               | `issuer#<code>`, `<drafted>#<id>` / `ceremony#<id>`, `<id>` |
| draft being made  | `pledge#<id>`       | `draft`                |                                                           |
| draft as frozen   | `pledge#<id>`       | `text#<v>`             |                                                           |
| link of a party   | `pledge#<id>`       | `link#<v>#<no>`        |                                                           |
| signature         | `pledge#<id>`       | `signature#<v>#<no>`   |                                                           |
| audit line        | `pledge#<id>`       | `audit#<item version>` |                                                           |
| public id         | `public#<39 digits>`| `pledge`               |                                                           |
| whose a secret is | `secret#<sha256>`   | `owner`                |                                                           |
| status number     | `status#<issuer>`   | `<number, 10 digits>`  |                                                           |
| hall board        | `board#<id>#<v>`    | `<no>`                 |                                                           |

The pledge item is the point where concurrent signatures meet: each signing commit moves it by its version, so that the
last one sees that it is the last. A lost race means that another party has signed, hence it is tried again at most
once per party.

Status numbers: certificates and pledges of an issuer share one number space (FORMATS 3). Within each block of 131,072
certificates draw from the lower half, pledges from the upper half (>= 65,536), each by a conditional write in its own
table; so neither needs the other's table to know that a number is unused.
"""
