"""Where windows begin: fixed lengths from 1970 UTC, days, weeks and months on the wall clock of a zone (zoneinfo)."""
import datetime
import re
from zoneinfo import ZoneInfo

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DAY = 86_400_000
_EPOCH = datetime.datetime(1970, 1, 1)


class Grid:
    """Pane i is [start(i), start(i + 1)); index(t) is the pane that holds t."""

    def __init__(self, length, offset=0, timezone="UTC"):
        match = re.fullmatch(r"(\d+)(ms|s|m|h|d|w|mo|y)", length)
        self.amount, self.unit = int(match[1]), match[2]
        self.offset, self.zone = offset, ZoneInfo(timezone)
        if self.unit == "y":
            self.amount, self.unit = 12 * self.amount, "mo"
        if self.unit not in ("w", "mo") and (timezone == "UTC" or self.amount * _UNITS[self.unit] % _DAY):
            self.amount, self.unit = self.amount * _UNITS[self.unit], "ms"

    def start(self, index):
        if self.unit == "ms":
            return index * self.amount + self.offset
        if self.unit == "mo":
            year, month = divmod(index * self.amount, 12)
            local = datetime.datetime(year, month + 1, 1)
        else:
            first = datetime.datetime(1970, 1, 5) if self.unit == "w" else _EPOCH
            local = first + datetime.timedelta(days=index * self.amount * (7 if self.unit == "w" else 1))
        return self._instant(local + datetime.timedelta(milliseconds=self.offset))

    def index(self, time):
        if self.unit == "ms":
            return (time - self.offset) // self.amount
        local = _EPOCH + datetime.timedelta(milliseconds=time)
        if self.unit == "mo":
            found = (local.year * 12 + local.month - 1) // self.amount
        else:
            days = time // _DAY - (4 if self.unit == "w" else 0)
            found = days // (self.amount * (7 if self.unit == "w" else 1))
        found += 2
        while self.start(found) > time:
            found -= 1
        return found

    def _instant(self, local):
        """The first instant at which the wall clock shows `local` or more."""
        def utc(fold):
            aware = local.replace(tzinfo=self.zone, fold=fold)
            return round((aware - aware.utcoffset()).replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)
        early, late = sorted((utc(0), utc(1)))
        if self._shows(early) == local:
            return early
        # Skipped: the instant of the change, between the two.
        low, high = early - 1, late
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._shows(middle) < local else (low, middle)
        return high

    def _shows(self, instant):
        moment = datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(milliseconds=instant)
        return moment.astimezone(self.zone).replace(tzinfo=None)
