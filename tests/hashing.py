"""Argon2 as the library uses it, but at its lowest cost: hundreds of tests hash a password that protects nothing.

Servers in processes of their own (tests/servers.py) have the real cost, and so has a test that asks for `real_hashing`.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 8, 1
