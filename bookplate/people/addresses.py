"""The network address that a request comes from, as far as it can be believed."""

import ipaddress
from collections.abc import Mapping

from django.conf import settings


def client_address(meta: Mapping[str, str]) -> str | None:
    """The client's IP address in a request's `META`; `None` where there is none (a Unix socket).

    `X-Forwarded-For` is the client's own word but for what our proxies added at its end, so it is
    read only as far back as there are proxies (`BOOKPLATE_PROXIES`).
    """
    hops = [hop for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if (hop := part.strip())]
    trusted: int = settings.PROXIES
    told = hops[-trusted] if 0 < trusted <= len(hops) else meta.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return None
