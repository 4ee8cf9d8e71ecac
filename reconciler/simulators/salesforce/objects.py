"""The objects of the organisation.  Declarations only: no values, no records.

Lengths, labels and rights follow the vendor's describe of an Enterprise organisation; the custom fields are the ones
an administrator makes when Concord is set up, and are in every scenario.
"""

from __future__ import annotations

from functools import partial

from reconciler.simulators.salesforce.choices import (
    ACCOUNT_TYPES,
    ACCURACIES,
    CLEAN_STATUSES,
    INDUSTRIES,
    OWNERSHIPS,
    RATINGS,
    SALUTATIONS,
    SOURCES,
)
from reconciler.simulators.salesforce.schema import Field, SObject


def _reference(name: str, label: str, to: str, rights: str = "") -> Field:
    relation = name.removesuffix("Id")
    return Field(name, "reference", label, 18, rights, refers=to, relation=relation)


def _stamps() -> tuple[Field, ...]:
    return (
        Field("CreatedDate", "datetime", "Created Date", rights="D"),
        _reference("CreatedById", "Created By ID", "User", "D"),
        Field("LastModifiedDate", "datetime", "Last Modified Date", rights="D"),
        _reference("LastModifiedById", "Last Modified By ID", "User", "D"),
        Field("SystemModstamp", "datetime", "System Modstamp", rights="D"),
    )


def _address(prefix: str, label: str, rights: str) -> tuple[Field, ...]:
    compound = f"{prefix}Address"
    return (
        Field(f"{prefix}Street", "textarea", f"{label} Street", 255, rights, compound=compound, extra="plaintextarea"),
        Field(f"{prefix}City", "string", f"{label} City", 40, rights, compound=compound),
        Field(f"{prefix}State", "string", f"{label} State/Province", 80, rights, compound=compound),
        Field(f"{prefix}PostalCode", "string", f"{label} Zip/Postal Code", 20, rights, compound=compound),
        Field(f"{prefix}Country", "string", f"{label} Country", 80, rights, compound=compound),
        *_spot(prefix, label, rights),
        Field(compound, "address", f"{label} Address", rights="N"),
    )


def _spot(prefix: str, label: str, rights: str) -> tuple[Field, ...]:
    """Where an address is on the globe, and how exactly that is known."""
    part = partial(Field, rights=rights, compound=f"{prefix}Address")
    return (
        part(f"{prefix}Latitude", "double", f"{label} Latitude", precision=18, scale=15),
        part(f"{prefix}Longitude", "double", f"{label} Longitude", precision=18, scale=15),
        part(
            f"{prefix}GeocodeAccuracy",
            "picklist",
            f"{label} Geocode Accuracy",
            40,
            choices=ACCURACIES,
            restricted=True,
        ),
    )


def _seen() -> tuple[Field, ...]:
    """What the vendor's own screens note of a record; nobody looks at one here, so it stays null."""
    return (
        Field("LastViewedDate", "datetime", "Last Viewed Date", rights="N"),
        Field("LastReferencedDate", "datetime", "Last Referenced Date", rights="N"),
        Field("PhotoUrl", "url", "Photo URL", 255, "N", extra="imageurl"),
    )


def _cleaned() -> tuple[Field, ...]:
    """What the vendor's address-book service keeps of a record."""
    choices, labels = tuple(CLEAN_STATUSES), tuple(CLEAN_STATUSES.values())
    return (
        Field("Jigsaw", "string", "Data.com Key", 20, "CUN"),
        Field("CleanStatus", "picklist", "Clean Status", 40, "CUN", choices=choices, labels=labels, restricted=True),
    )


def _codes(prefix: str, label: str) -> tuple[Field, ...]:
    """Columns that exist only while state and country picklists are on."""
    compound = f"{prefix}Address"
    return (
        Field(f"{prefix}StateCode", "picklist", f"{label} State/Province Code", 10, "CUN", compound=compound),
        Field(f"{prefix}CountryCode", "picklist", f"{label} Country Code", 10, "CUN", compound=compound),
    )


def _key(label: str = "Record ID") -> Field:
    return Field("Id", "id", label, 18, "D")


_GONE = Field("IsDeleted", "boolean", "Deleted", rights="D")

_ACCOUNT = SObject(
    "Account",
    "Account",
    "Accounts",
    "001",
    (
        _key("Account ID"),
        _GONE,
        _reference("MasterRecordId", "Master Record ID", "Account", "N"),
        Field("Name", "string", "Account Name", 255, "CU", compound="Name", extra="switchablepersonname"),
        Field("Type", "picklist", "Account Type", 40, "CUN", choices=ACCOUNT_TYPES),
        _reference("ParentId", "Parent Account ID", "Account", "CUN"),
        *_address("Billing", "Billing", "CUN"),
        *_address("Shipping", "Shipping", "CUN"),
        Field("Phone", "phone", "Account Phone", 40, "CUN"),
        Field("Fax", "phone", "Account Fax", 40, "CUN"),
        Field("AccountNumber", "string", "Account Number", 40, "CUN"),
        Field("Website", "url", "Website", 255, "CUN"),
        Field("Sic", "string", "SIC Code", 20, "CUN"),
        Field("Industry", "picklist", "Industry", 40, "CUN", choices=INDUSTRIES),
        Field("AnnualRevenue", "currency", "Annual Revenue", rights="CUN", precision=18),
        Field("NumberOfEmployees", "int", "Employees", rights="CUN"),
        Field("Ownership", "picklist", "Ownership", 40, "CUN", choices=OWNERSHIPS),
        Field("TickerSymbol", "string", "Ticker Symbol", 20, "CUN"),
        Field("Description", "textarea", "Account Description", 32000, "CUN", extra="plaintextarea"),
        Field("Rating", "picklist", "Account Rating", 40, "CUN", choices=RATINGS),
        Field("Site", "string", "Account Site", 80, "CUN"),
        _reference("OwnerId", "Owner ID", "User", "CUD"),
        *_stamps(),
        Field("LastActivityDate", "date", "Last Activity", rights="N"),
        *_seen(),
        *_cleaned(),
        Field("AccountSource", "picklist", "Account Source", 40, "CUN", choices=SOURCES),
        Field("DunsNumber", "string", "D-U-N-S Number", 9, "CUN"),
        Field("Tradestyle", "string", "Tradestyle", 255, "CUN"),
        Field("NaicsCode", "string", "NAICS Code", 8, "CUN"),
        Field("NaicsDesc", "string", "NAICS Description", 120, "CUN"),
        Field("YearStarted", "string", "Year Started", 4, "CUN"),
        Field("SicDesc", "string", "SIC Description", 80, "CUN"),
        Field("Email__c", "email", "Email", 80, "CUN"),
        Field("Tax_Number__c", "string", "Tax Number", 50, "CUN"),
        Field("Sync_with_Xero__c", "boolean", "Sync with Xero", rights="CUD"),
        Field("Xero_Contact_Id__c", "string", "Xero Contact Id", 36, "CUN", unique=True, external=True),
        Field("Xero_Outstanding__c", "currency", "Xero Outstanding", rights="CUN", precision=18, scale=2),
        Field("Xero_Overdue__c", "currency", "Xero Overdue", rights="CUN", precision=18, scale=2),
    ),
    mergeable=True,
    children={
        "ChildAccounts": ("Account", "ParentId"),
        "Contacts": ("Contact", "AccountId"),
        "Histories": ("AccountHistory", "AccountId"),
    },
)


def _salutation() -> Field:
    choices = SALUTATIONS
    return Field(
        "Salutation", "picklist", "Salutation", 40, "CUN", compound="Name", extra="personname", choices=choices
    )


_CONTACT = SObject(
    "Contact",
    "Contact",
    "Contacts",
    "003",
    (
        _key("Contact ID"),
        _GONE,
        _reference("MasterRecordId", "Master Record ID", "Contact", "N"),
        _reference("AccountId", "Account ID", "Account", "CUN"),
        Field("LastName", "string", "Last Name", 80, "CU", compound="Name", extra="personname"),
        Field("FirstName", "string", "First Name", 40, "CUN", compound="Name", extra="personname"),
        _salutation(),
        Field("Name", "string", "Full Name", 121, extra="personname"),
        *_address("Other", "Other", "CUN"),
        *_address("Mailing", "Mailing", "CUN"),
        Field("Phone", "phone", "Business Phone", 40, "CUN"),
        Field("Fax", "phone", "Business Fax", 40, "CUN"),
        Field("MobilePhone", "phone", "Mobile Phone", 40, "CUN"),
        Field("HomePhone", "phone", "Home Phone", 40, "CUN"),
        Field("OtherPhone", "phone", "Other Phone", 40, "CUN"),
        Field("AssistantPhone", "phone", "Asst. Phone", 40, "CUN"),
        _reference("ReportsToId", "Reports To ID", "Contact", "CUN"),
        Field("Email", "email", "Email", 80, "CUN"),
        Field("Title", "string", "Title", 128, "CUN"),
        Field("Department", "string", "Department", 80, "CUN"),
        Field("AssistantName", "string", "Assistant's Name", 40, "CUN"),
        Field("LeadSource", "picklist", "Lead Source", 255, "CUN", choices=SOURCES),
        Field("Birthdate", "date", "Birthdate", rights="CUN"),
        Field("Description", "textarea", "Contact Description", 32000, "CUN", extra="plaintextarea"),
        _reference("OwnerId", "Owner ID", "User", "CUD"),
        *_stamps(),
        Field("LastActivityDate", "date", "Last Activity", rights="N"),
        Field("LastCURequestDate", "datetime", "Last Stay-in-Touch Request Date", rights="N"),
        Field("LastCUUpdateDate", "datetime", "Last Stay-in-Touch Save Date", rights="N"),
        *_seen(),
        *_cleaned(),
        Field("EmailBouncedReason", "string", "Email Bounced Reason", 255, "CUN"),
        Field("EmailBouncedDate", "datetime", "Email Bounced Date", rights="CUN"),
        Field("IsEmailBounced", "boolean", "Is Email Bounced", rights="D"),
    ),
    mergeable=True,
    children={"Histories": ("ContactHistory", "ContactId")},
)

_USER = SObject(
    "User",
    "User",
    "Users",
    "005",
    (
        _key(),
        Field("Username", "string", "Username", 80, "CU"),
        Field("LastName", "string", "Last Name", 80, "CU"),
        Field("FirstName", "string", "First Name", 40, "CUN"),
        Field("Name", "string", "Full Name", 121, "D"),
        Field("Email", "email", "Email", 128, "CU"),
        Field("Alias", "string", "Alias", 8, "CU"),
        Field("IsActive", "boolean", "Active", rights="CUD"),
        Field("UserType", "picklist", "User Type", 40, "D"),
        Field("TimeZoneSidKey", "picklist", "Time Zone", 40, "CUD"),
        *_stamps(),
    ),
    writable=False,
    removable=False,
)

_ORGANIZATION = SObject(
    "Organization",
    "Organization",
    "Organizations",
    "00D",
    (
        _key(),
        Field("Name", "string", "Name", 80, "U"),
        Field("OrganizationType", "picklist", "Edition", 40, "N"),
        Field("InstanceName", "string", "Instance Name", 5, "N"),
        Field("IsSandbox", "boolean", "Is Sandbox", rights="D"),
        Field("NamespacePrefix", "string", "Namespace Prefix", 15, "N"),
        Field("DefaultLocaleSidKey", "picklist", "Locale", 40, "U"),
        Field("LanguageLocaleKey", "picklist", "Language", 40, "U"),
        Field("TimeZoneSidKey", "picklist", "Time Zone", 40, "U"),
        *_stamps(),
    ),
    writable=False,
    removable=False,
)


def _history(of: str) -> SObject:
    """Field history of an object; a row says what one field was and became."""
    return SObject(
        f"{of}History",
        f"{of} History",
        f"{of} History",
        "017",
        (
            _key(),
            _GONE,
            _reference(f"{of}Id", f"{of} ID", of),
            _reference("CreatedById", "Created By ID", "User", "D"),
            Field("CreatedDate", "datetime", "Created Date", rights="D"),
            Field("Field", "picklist", "Changed Field", 255),
            Field("DataType", "picklist", "Datatype", 40, "N"),
            Field("OldValue", "anyType", "Old Value", rights="N"),
            Field("NewValue", "anyType", "New Value", rights="N"),
        ),
        writable=False,
        removable=False,
    )


_CODED = {
    "Account": (("Billing", "Billing"), ("Shipping", "Shipping")),
    "Contact": (("Other", "Other"), ("Mailing", "Mailing")),
}


def objects(*, picklists: bool = False) -> dict[str, SObject]:
    """Every object by name; with state and country picklists on, addresses have code columns too."""
    histories = (_history("Account"), _history("Contact"))
    found = {each.name: each for each in (_ACCOUNT, _CONTACT, _USER, _ORGANIZATION, *histories)}
    for name, addresses in _CODED.items() if picklists else ():
        extra = tuple(column for prefix, label in addresses for column in _codes(prefix, label))
        found[name] = found[name].with_fields(found[name].fields + extra)
    return found
