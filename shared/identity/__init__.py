"""Who may do what: people, devices, one-time links, sessions (DESIGN 5, FORMATS 6).

Key table `identity`
    person#<id>          person           an account: name, address, roles given, the number its sessions bear (index1: people)
    person#<id>          passkeys         all passkeys of the person
    person#<id>          invitation       the print of the invitation link that is good now
    person#<id>          invited#<id>     that a letter with one was asked for (passes)
    person#<id>          recovery         one colleague has vouched, another one may (passes)
    address#<sha256>     address          whose mail address this is; one account at a time
    passkey#<sha256>     passkey          whose credential id this is; one account at a time
    link#<sha256>        link             a one-time link: what it gives, until when, spent or not (passes)
    request#<sha256>     request          somebody asked for a letter: for what, its code (scrypt), tries (passes)
    challenge#<sha256>   challenge        a challenge for a passkey: its purpose, person and session (passes)
    limit#<sha256>       limit            how often something was asked for in this quarter of an hour (passes)
    session#<sha256>     session          a server-side session; the cookie's value is never stored (passes; index1: its holder)
    devices#<ceremony>   device#<id>      a phone, scanner or screen: role, gate, name, state, public key, its one session
    devices#<ceremony>   seen#<id>        when it was last heard of, to the minute
    devices#<ceremony>   roll             how many were added: what two additions at once fight over
    device-code#<sha256> code             which device an enrolment code is for (passes)
    device-challenge#<sha256> challenge   what a device has to sign to get a session, once (passes)
    office               settings         what the office is called, who approves what, how long things are kept
    office               copy             the latest copy of the data that was asked for, and what became of it
    interventions        <time>#<random>  work that was tried again or given up by a person
"""
