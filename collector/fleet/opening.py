"""The fleet desk of a collector, by its settings."""

from collector.fleet.account import BrokerAccounts, NoAccounts
from collector.fleet.desk import FleetDesk
from collector.fleet.embedded import EmbeddedAccounts
from collector.fleet.gateway import Gateway
from collector.fleet.key import SigningKey
from collector.fleet.mosquitto import MosquittoAccounts
from collector.settings import Settings, SettingsError
from collector.store.records.database import Records
from collector.store.records.fleet import FleetRecords


def open_fleet(settings: Settings, records: Records, embedded: EmbeddedAccounts | None) -> FleetDesk:
    """Return the desk; `embedded` None: the broker is somebody else's.

    Raises:
        SettingsError: a file that the settings name cannot be read.
        StoreDamaged: the signing key is no key.
    """
    fleet = FleetRecords(records)
    accounts: BrokerAccounts = embedded or NoAccounts()
    if embedded is None and settings.broker is not None and settings.agent_accounts is not None:
        accounts = MosquittoAccounts(settings.agent_accounts, own=settings.broker, host_id=settings.host_id)
    accounts.revoke(fleet.revoked())
    return FleetDesk(
        records=fleet,
        accounts=accounts,
        gateway=Gateway(
            url=settings.mqtt_url or (settings.broker.url if settings.broker is not None else ""),
            host=settings.mqtt.host,
            port=settings.mqtt.port,
            host_id=settings.host_id,
        ),
        key=SigningKey.open(settings.data),
        authority=_authority(settings),
    )


def _authority(settings: Settings) -> str | None:
    file = settings.mqtt_authority
    if file is None:
        return None
    try:
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}, the authority of the broker's certificate, cannot be read: {error}") from error
    if "BEGIN CERTIFICATE" not in text:
        raise SettingsError(f"{file}: holds no certificate (PEM) of an authority")
    return text
