"""Award decisions, the lists that belong to them, and the certificates made from them: issue, publication, status.

Issued is not published: a certificate and its documents are made as soon as the award stands, but the results appear, and
letters go out, only when the presentation begins or an organiser releases them.

Key table (table `certificates`; D = decision id, C = certificate id as 39 digits, I = issuer code,
A = digest of a mail address)
| item              | partition       | sort                    | index1                          | index2         |
|-------------------|-----------------|-------------------------|---------------------------------|----------------|
| decision          | `decision#D`    | `decision`              | `decisions` / `<date>#<number>` |                |
| list              | `decision#D`    | `list#<list id>`        |                                 |                |
| findings          | `decision#D`    | `findings#<list>#<n>`   |                                 |                |
| award             | `decision#D`    | `award#<award id>`      | `awards#D` / `<collation key>`  | `holder#A` / id |
| link to issued    | `decision#D`    | `issued#<award id>`     |                                 |                |
| results at        | `ceremony#<id>` | `decision#D`            |                                 |                |
| published there   | `ceremony#<id>` | `began`                 |                                 |                |
| certificate       | `certificate#C` | `certificate`           | `issued#D` / `<collation key>`  | `holder#A` / id |
| status number     | `number#I`      | `<n, 10 digits>`        |                                 |                |
| status bit set    | `bits#I`        | `<purpose>#<n>`         |                                 |                |
| lists in use      | `issuers`       | `I#<block, 6 digits>`   |                                 |                |

The first commit of a certificate (`issue.py`) draws its id and status number, notes the time of issue, and signs the token:
everything after is derived from it, so that a crash between any two steps loses nothing and issues nothing twice.
"""
