"""Finds what to sign with: the project's own secret, or a key pair of the lab where a provider has one."""

import json
import os
from pathlib import Path

from dotenv import dotenv_values

from routegen.errors import ProjectError
from routegen.webhooks import Scheme
from routegen.webhooks.pairs import Keys, new_keys

KEYS_FILE = Path(".routegen/cache/lab-keys.json")


def environment(root: Path) -> dict[str, str]:
    """The variables that the server sees: those of the process, and below them those of `.env`."""
    own = {name: value for name, value in dotenv_values(root / ".env").items() if value is not None}
    return {**own, **os.environ}


def signing_keys(root: Path, scheme: Scheme, variable: str | None = None) -> Keys:
    """What a delivery is signed with, so that the project's handler verifies it, and what that verifies with.

    Args:
        variable: the environment variable that the handler reads, by default the provider's own.

    Raises:
        ProjectError: the variable is not set, or holds the provider's public key, for which nobody else can sign.
    """
    name = variable or next(iter(scheme.variables), "")
    given = environment(root).get(name, "").strip()
    if is_asymmetric(scheme):
        keys = _lab_keys(root, scheme)
        if given != keys.verifying:
            raise ProjectError(
                f"only {scheme.title} can sign for the key in `{name}`",
                hint=f"for the lab set `{name}={keys.verifying}` and start the server again",
            )
        return keys
    if not given:
        raise ProjectError(f"`{name}` is not set", hint=f"set it in `{root / '.env'}`, as the server has it")
    return Keys(given, given)


def is_asymmetric(scheme: Scheme) -> bool:
    """Whether every way that the provider signs in needs its private key."""
    return all(signature.key == "public" for signature in scheme.signatures if not signature.legacy)


def _lab_keys(root: Path, scheme: Scheme) -> Keys:
    """The lab's own key pair for a provider, made at first use, in a file for its owner only."""
    file = root / KEYS_FILE
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if scheme.name not in known:
        known[scheme.name] = list(new_keys(scheme))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(known, indent=2), encoding="utf-8")
    return Keys(*known[scheme.name])
