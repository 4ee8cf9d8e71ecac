"""The rules a new connection starts with: which fields customers share, and which way each one flows."""

from __future__ import annotations

from reconciler.core.schema import ADDRESS, Blank, FieldRule, Flow, KindRule, Policy

# A name and a billing address are printed on invoices, and an invoice goes to the e-mail address: those are asked.
# Xero's Website is read-only, so it can only flow from Xero; so are the balances, which a full compare carries.
CUSTOMER = KindRule(
    kind="customer",
    fields=(
        FieldRule("name", "Name", "Name", "name", policy=Policy.ASK),
        FieldRule("account_number", "AccountNumber", "AccountNumber"),
        FieldRule("email", "Email__c", "EmailAddress", "email", policy=Policy.ASK, blank=Blank.FILL),
        FieldRule("phone", "Phone", "Phones.DEFAULT", "phone"),
        FieldRule("fax", "Fax", "Phones.FAX", "phone"),
        FieldRule("website", "Website", "Website", "website", flow=Flow.X2S, blank=Blank.KEEP),
        FieldRule("tax_number", "Tax_Number__c", "TaxNumber", "tax", policy=Policy.ASK, blank=Blank.FILL),
        FieldRule("billing", "Billing", "Addresses.POBOX", "address", policy=Policy.ASK, members=ADDRESS),
        FieldRule("shipping", "Shipping", "Addresses.STREET", "address", members=ADDRESS),
        FieldRule("outstanding", "Xero_Outstanding__c", "Balances.Outstanding", "balance", flow=Flow.X2S),
        FieldRule("overdue", "Xero_Overdue__c", "Balances.Overdue", "balance", flow=Flow.X2S),
    ),
)
