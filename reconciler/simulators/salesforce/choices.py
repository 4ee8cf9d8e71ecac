"""Choices of the standard picklists, as in an organisation that nobody has changed: recorded."""

from __future__ import annotations

ACCOUNT_TYPES = (
    "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Installation Partner",
    "Technology Partner", "Other",
)  # fmt: skip
INDUSTRIES = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications", "Construction", "Consulting",
    "Education", "Electronics", "Energy", "Engineering", "Entertainment", "Environmental", "Finance", "Food & Beverage",
    "Government", "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing", "Media", "Not For Profit",
    "Recreation", "Retail", "Shipping", "Technology", "Telecommunications", "Transportation", "Utilities", "Other",
)  # fmt: skip
OWNERSHIPS = ("Public", "Private", "Subsidiary", "Other")
RATINGS = ("Hot", "Warm", "Cold")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")
SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")

# Nobody can change these

ACCURACIES = (
    "Address", "NearAddress", "Block", "Street", "ExtendedZip", "Zip", "Neighborhood", "City", "County", "State",
    "Unknown",
)  # fmt: skip
CLEAN_STATUSES = {
    "Matched": "In Sync", "Different": "Different", "Acknowledged": "Reviewed", "NotFound": "Not Found",
    "Inactive": "Inactive", "Pending": "Not Compared", "SelectMatch": "Select Match", "Skipped": "Skipped",
}  # fmt: skip
