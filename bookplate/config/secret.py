"""The key that signs tokens and cookies: given by a setting, or made once and kept in the data folder."""

import os
import secrets
from pathlib import Path

from bookplate.config.env import WrongSetting

LEAST_BYTES = 32
SAMPLES = ("changeme", "change-me", "change_me", "django-insecure", "secret-key", "your-secret", "sample", "example")


def secret_key(given: str, data: Path) -> str:
    if not given:
        return _kept(data / "secret-key")
    if len(given.encode()) < LEAST_BYTES:
        raise WrongSetting(
            f"BOOKPLATE_SECRET_KEY must have at least {LEAST_BYTES} bytes; leave it away to have one made."
        )
    if any(sample in given.lower() for sample in SAMPLES) or len(set(given)) < 8:
        raise WrongSetting("BOOKPLATE_SECRET_KEY is a sample that anyone can guess; leave it away to have one made.")
    return given


def _kept(path: Path) -> str:
    try:
        if not path.exists():
            _make(path)
        return _checked(path)
    except OSError as error:
        raise WrongSetting(
            f"The data folder {path.parent} cannot be used: {error.strerror}. Set BOOKPLATE_DATA."
        ) from None


def _checked(path: Path) -> str:
    key = path.read_text().strip()
    if len(key) < LEAST_BYTES:
        raise WrongSetting(
            f"{path} is too short to be a secret key; remove it to have a new one made (all sign in anew)."
        )
    return key


def _make(path: Path) -> None:
    """Written whole beside, then linked into place, so that two starts at once agree on one key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
