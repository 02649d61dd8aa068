"""For supervisors: is the process alive, and can it reach its database and tables?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    try:
        executor = MigrationExecutor(connection)
        missing = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return _not_yet("The database cannot be reached.")
    return _not_yet("Migrations are missing: run `bookplate migrate`.") if missing else JsonResponse({"status": "ok"})


def _not_yet(reason: str) -> JsonResponse:
    return JsonResponse({"status": reason}, status=503, headers={"Retry-After": "5"})
