"""Ceremonies, the delegates invited to them, their tickets, and who came in.

Key table (table `ceremonies`; C = ceremony id, 16 hex digits; T = ticket id, 39 digits; R = registration id)
| item          | partition        | sort               | index1                                            |
|---------------|------------------|--------------------|---------------------------------------------------|
| ceremony      | `ceremony#C`     | `ceremony`         | `ceremonies` / `<starts>#C`                       |
| its secret    | `ceremony#C`     | `secret`           |                                                   |
| delegate list | `ceremony#C`     | `list#<list id>`   |                                                   |
| registration  | `registration#R` | `registration`     | `registrations#C#<order div 500>` / `<order>#R`   |
| ticket        | `ticket#T`       | `ticket`           | `tickets#R` / T                                   |
| admission     | `ticket#T`       | `admission#C`      | `admissions#C` / `<time>#T`                       |
| refused scan  | `scans#C#<0-f>`  | `<scan id>`        | `scans#C#<0-f>` / `<time>#<scan id>`              |
| totals        | `attendance#C`   | `total`, `unit#<code>` (counters `registered`, `admitted`)             |
| member        | `attendance#C`   | `member#R`         |                                                   |
| unit names    | `ceremony#C`     | `units`            |                                                   |
| opening       | `opened#C`       | `R`                |                                                   |
| retention     | `ceremony#C`     | `retention`        |                                                   |

index2: a registration with a mail address also stands under `holder#<digest of the address>` / `C#R`.

A ticket and its admissions are one partition: one read decides, and no item is written by all gates. Totals are
counters that change in the same commit as the member whose coming they count, so that a repeat counts nothing. Shards of
registrations follow the order of protocol, so that walking them one after the other is that order.
"""
