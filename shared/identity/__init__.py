"""Who may do what: people, devices, one-time links, sessions (DESIGN 5, FORMATS 6).

Key table `identity`
    person#<id>          person           a person and the roles given to them
    link#<sha256>        link             a one-time link: what it gives, until when, spent or not
    session#<sha256>     session          a server-side session; the cookie's value is never stored
    office               settings         what the office is called, who approves what, how long things are kept
    office               copy             the latest copy of the data that was asked for, and what became of it
    interventions        <time>#<random>  work that was tried again or given up by a person
"""
