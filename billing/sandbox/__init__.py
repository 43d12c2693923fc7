"""A stand-alone double of the payment provider, over HTTP, with test money.

It keeps state in one SQLite file, speaks the provider's own shapes to the provider's own client, honours idempotency
keys, shows the pages people pay on and are set up on, and signs and delivers events until they are taken. It knows
nothing of the rest of Tally.
`python -m billing.sandbox --help` tells how to run it.
"""
