import re

from odoo import models

# What the form asks for: the name of a record, never a channel by itself.
_ASKED = re.compile(r"kubernetes_live:(kubernetes(?:\.[a-z]+)+):([1-9][0-9]{0,8})")
MAXIMUM_CHANNELS = 50


class IrWebsocket(models.AbstractModel):
    """Opens the channel of a record for those who may read it."""

    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        asked, others = {}, []
        for channel in channels:
            match = isinstance(channel, str) and _ASKED.fullmatch(channel)
            if match:
                asked.setdefault(match[1], []).append(int(match[2]))
            else:
                others.append(channel)
        return super()._build_bus_channel_list(others + self._get_live(asked))

    def _get_live(self, asked):
        """Return the live records that this user may read.

        :param dict asked: ids by name of a model, both as the client sent them
        """
        found = []
        for name, ids in asked.items():
            records = self.env.get(name)
            if records is not None and getattr(records, "_is_live", False):
                existing = records.browse(ids[:MAXIMUM_CHANNELS]).exists()
                found += existing._filtered_access("read")
        return found[:MAXIMUM_CHANNELS]
