"""`manage.py runserver`: Django's own, reloading on changes, but on uvicorn, so that sockets work too."""

from typing import Any

import uvicorn
from django.core.management.commands.runserver import Command as Runserver

from bookplate.config import processes


class Command(Runserver):
    addr: str
    port: str
    help = "Serve for development, with sockets, and reload when the code changes."

    def inner_run(self, *args: Any, **options: Any) -> None:
        self.check(display_num_errors=True)
        self.check_migrations()
        try:
            listener = processes.listen(self.addr, int(self.port))
        except processes.PortInUse as error:
            self.stderr.write(str(error))
            return
        self.stdout.write(f"Serving at http://{self.addr}:{self.port}/ for development; stop with Ctrl-C.")
        uvicorn.Server(processes.config()).run(sockets=[listener])
