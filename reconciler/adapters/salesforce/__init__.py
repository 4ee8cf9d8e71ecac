"""The Salesforce gateway, over simple_salesforce.

session   the requests session that closes the SDK's gaps: timeouts, sign-in, no redirects, the origin kept
dialect   what Salesforce's answers say about serving us at all
soql      the questions asked
bodies    the requests that write
answers   what became of each write
gateway   the port
"""

from __future__ import annotations

from reconciler.adapters.salesforce.gateway import SalesforceGateway, gateway

__all__ = ["SalesforceGateway", "gateway"]
