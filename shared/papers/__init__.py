"""Official papers (văn bản): invitation, programme, script, pledge, minutes and report, in the layout that offices know.

Composed from the record, edited by an officer, circulated to be read, numbered by the registry (văn thư), filed.

Key table (table `papers`; P = paper id; `<v>` = version of the text, four digits; `<ref>` = `unit:<code>` or
`registration:<id>`)
| item             | partition         | sort              | index1 / index2                                              |
|------------------|-------------------|-------------------|--------------------------------------------------------------|
| paper            | `paper#P`         | `paper`           | `papers` / `<drafted>#P`; `about#<about>` / `<drafted>#P`    |
| text             | `paper#P`         | `text#<v>`        |                                                              |
| reader           | `paper#P`         | `reader#<ref>`    |                                                              |
| whose a secret is| `secret#<sha256>` | `owner`           |                                                              |
| number in use    | `numbers#<issuer>#<year>` | `<number, folded>#P` |                                                   |

    model.py        a paper, its text, its readers            headings.py     heading lines and number patterns as data
    numbers.py      numbers as the registry writes them       words.py        the fixed words, days and numbers of a paper
    compose.py      the papers of a ceremony                  of_pledges.py   the papers of a pledge
    text.py         what an officer wrote, cleaned            usecases.py     draft, edit, number, file
    circulation.py  links to read, and who has opened         reading.py      what is shown
"""
