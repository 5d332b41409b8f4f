"""A mail server for the tests: aiosmtpd, which takes mails, or is slow, refuses,
or dies with a mail it has. Says what it sees in lines of JSON.

    server.py PORT MANNER
"""

import asyncio
import json
import os
import sys

from aiosmtpd.smtp import SMTP


def say(**seen):
    print(json.dumps(seen), flush=True)


class Manner:
    """Takes every mail."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        say(offered=1)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        say(mail=envelope.content.decode())
        return "250 kept"


class Slow(Manner):
    """Lets a while go by before it answers."""

    def __init__(self, seconds):
        self.seconds = float(seconds)

    async def handle_RCPT(self, *asked):
        await asyncio.sleep(self.seconds)
        return await super().handle_RCPT(*asked)

    async def handle_DATA(self, *asked):
        await asyncio.sleep(self.seconds)
        return await super().handle_DATA(*asked)


class Later(Manner):
    """Refuses the first ones for now."""

    def __init__(self, times):
        self.times = int(times)

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await super().handle_RCPT(server, session, envelope, address, options)
        self.times -= 1
        return answer if self.times < 0 else "451 4.3.0 later"


class Refuses(Manner):
    """Refuses somebody for good."""

    def __init__(self, whom):
        self.whom = whom

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await super().handle_RCPT(server, session, envelope, address, options)
        return "550 5.1.1 no such mailbox" if address.startswith(self.whom) else answer


class Dies(Manner):
    """Has the mail, and is gone before it says so."""

    async def handle_DATA(self, *asked):
        await super().handle_DATA(*asked)
        os._exit(1)


MANNERS = {"takes": Manner, "slow": Slow, "later": Later, "refuses": Refuses, "dies": Dies}


async def main(port, manner, *how):
    handler = MANNERS[manner](*how)
    loop = asyncio.get_running_loop()
    # Where mails are addressed to is looked up nowhere.
    listening = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.invalid", enable_SMTPUTF8=True), "127.0.0.1", int(port)
    )
    say(port=listening.sockets[0].getsockname()[1])
    await listening.serve_forever()


asyncio.run(main(*sys.argv[1:]))
