"""The gateways: the only place that knows how the vendors speak, and the only importers of their SDKs.

    memory       a side held in memory, for tests of the engine
    salesforce   over simple_salesforce
    xero         over xero_python
    transport    one exchange: counted, timed, signed in, its failures named
    auth         tokens; origin: whom we may talk to; throttle: budgets; catalogue: what refusals mean

Nothing here decides what is written; it says what a side showed, took or refused.
"""
