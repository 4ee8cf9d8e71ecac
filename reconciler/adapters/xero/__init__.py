"""The Xero gateway, over xero_python.

client    the SDK's client with a transport of ours: timeouts, no hidden retries, sign-in, raw answers
dialect   what Xero's answers say about serving us at all
tenancy   which organisation is meant
bodies    the requests that write
answers   what became of each write
gateway   the port
"""

from __future__ import annotations

from reconciler.adapters.xero.gateway import XeroGateway, gateway

__all__ = ["XeroGateway", "gateway"]
