"""Settings from the environment: one frozen value, every fault reported at once.

Each setting `X` may come from `CONCORD_X` or, for secrets kept in files, from the file that `CONCORD_X_FILE` names.
The README's table is `SETTINGS`, kept true by a test.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import Problems

# Seconds.  A request may take two exchanges (a sign-in that is refused, and the replay), and a lease of 60 s must
# outlive it.
LONGEST_EXCHANGE = 30.0
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: its name without the prefix, the default as text, and what it means."""

    name: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DATABASE_URL",
        "sqlite:///instance/concord.db",
        "SQLAlchemy URL of the database; SQLite for one machine, PostgreSQL for several processes",
    ),
    Setting(
        "SECRET_KEY",
        "",
        "signs sessions and encrypts stored credentials; made and kept in the instance folder when absent",
    ),
    Setting("SECRET_KEY_OLD", "", "earlier secret keys, comma-separated: still read, no longer written with"),
    Setting("INSTANCE", "instance", "folder for the default database and the generated key"),
    Setting("HOST", "127.0.0.1", "address the portal binds to"),
    Setting("PORT", "8000", "port of the portal (`PORT` without a prefix works too)"),
    Setting("SALESFORCE_CLIENT_ID", "", "client id used by `connect` for Salesforce"),
    Setting("SALESFORCE_CLIENT_SECRET", "", "client secret used by `connect` for Salesforce"),
    Setting("XERO_CLIENT_ID", "", "client id used by `connect` for Xero"),
    Setting("XERO_CLIENT_SECRET", "", "client secret used by `connect` for Xero"),
    Setting("SALESFORCE_API_VERSION", "66.0", "version of the Salesforce REST API"),
    Setting("CONNECT_TIMEOUT", "5", "seconds to wait for a connection to a vendor"),
    Setting("READ_TIMEOUT", "20", "seconds to wait for a vendor's answer; with CONNECT_TIMEOUT under 30, half a lease"),
    Setting("LOG_LEVEL", "INFO", "least severity that is logged, to standard error"),
    Setting("LOG_FORMAT", "text", "`text` or `json`: one line, or one JSON object, for each thing that is logged"),
    Setting("METRICS_TOKEN", "", "who shows it may read /metrics; without it only this machine may"),
    Setting("PUBLIC_URL", "", "address at which people open the portal, for links in mails; default: this machine's"),
    Setting("SMTP_URL", "", "mail server, `smtp://name:password@host:587` (STARTTLS) or `smtps://...`; empty: no mail"),
    Setting("MAIL_FROM", "", "sender of mails"),
    Setting("MAIL_TO", "", "recipients of mails, comma-separated"),
    Setting("MAIL_DIGEST_AT", "07:00", "when the daily mail about what waits for a person goes out, UTC"),
    Setting("BEHIND_PROXY", "0", "number of trusted proxies in front of the portal"),
    Setting("SECURE_COOKIES", "", "1 sends session cookies over https only; default: on unless bound to loopback"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force.  `secret_keys` has the current key first; secrets stay out of `repr`."""

    database_url: str
    instance: Path
    host: str
    port: int
    salesforce_api_version: str
    connect_timeout: float
    read_timeout: float
    log_level: str
    behind_proxy: int
    secure_cookies: bool
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Settings(host={self.host!r}, port={self.port})"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `Usage` naming every variable that cannot be used, and why."""
    environ = os.environ if environ is None else environ
    problems = Problems()
    values = {setting.name: _value(environ, setting, problems) for setting in SETTINGS}
    if "CONCORD_PORT" not in environ and environ.get("PORT"):
        values["PORT"] = environ["PORT"]
    host = values["HOST"]
    settings = Settings(
        database_url=_database_url(values),
        instance=Path(values["INSTANCE"]),
        host=host,
        port=int(_number("PORT", values, problems)),
        salesforce_api_version=values["SALESFORCE_API_VERSION"],
        connect_timeout=_number("CONNECT_TIMEOUT", values, problems),
        read_timeout=_number("READ_TIMEOUT", values, problems),
        log_level=values["LOG_LEVEL"].upper(),
        behind_proxy=int(_number("BEHIND_PROXY", values, problems)),
        secure_cookies=_secure(values, host),
        values=values,
    )
    if settings.log_level not in LEVELS:
        problems.add(f"CONCORD_LOG_LEVEL: {settings.log_level!r} is none of {', '.join(LEVELS)}.")
    if values["LOG_FORMAT"] not in {"text", "json"}:
        problems.add(f"CONCORD_LOG_FORMAT: {values['LOG_FORMAT']!r} is neither text nor json.")
    if min(settings.connect_timeout, settings.read_timeout) <= 0 and not problems.found:
        problems.add("CONCORD_CONNECT_TIMEOUT and CONCORD_READ_TIMEOUT are seconds to wait: more than none.")
    if settings.connect_timeout + settings.read_timeout >= LONGEST_EXCHANGE:
        problems.add("CONCORD_CONNECT_TIMEOUT and CONCORD_READ_TIMEOUT together must stay under 30 seconds.")
    problems.raise_if_any("The settings cannot be used.")
    return settings


def _value(environ: Mapping[str, str], setting: Setting, problems: Problems) -> str:
    name = f"CONCORD_{setting.name}"
    if name in environ:
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return setting.default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        problems.add(f"{name}_FILE: the file cannot be read ({error.strerror}).")
        return setting.default


def _number(name: str, values: Mapping[str, str], problems: Problems) -> float:
    try:
        return float(values[name])
    except ValueError:
        problems.add(f"CONCORD_{name}: {values[name]!r} is not a number.")
        return 0.0


def _database_url(values: Mapping[str, str]) -> str:
    default = next(setting.default for setting in SETTINGS if setting.name == "DATABASE_URL")
    if values["DATABASE_URL"] != default:
        return values["DATABASE_URL"]
    return f"sqlite:///{Path(values['INSTANCE']).absolute() / 'concord.db'}"


def _secure(values: Mapping[str, str], host: str) -> bool:
    if values["SECURE_COOKIES"]:
        return values["SECURE_COOKIES"] == "1"
    return host not in {"127.0.0.1", "localhost", "::1"}
