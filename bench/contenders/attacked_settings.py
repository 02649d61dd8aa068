"""Bookplate with a view that sleeps and a middleware that breaks, for `bench/run --attacks`."""

from bookplate.config.settings import *  # noqa: F403
from bookplate.config.settings import MIDDLEWARE

ROOT_URLCONF = "bench.contenders.attacked_urls"
MIDDLEWARE.insert(len(MIDDLEWARE) // 2, "bench.contenders.attacked_urls.BreakingMiddleware")
