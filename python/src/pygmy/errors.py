"""The errors of this library, and how far each refusal reaches (docs/PROTOCOL.md 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# A refusal with one of these words reaches every copy of a write: no copy has an effect.
EVERY_COPY = frozenset({"key_reused", "key_voided", "malformed", "invalid"})
# One of these reaches this copy: another one may still succeed. The refusal is final once the key is void.
THIS_COPY = frozenset({
    "out_of_stock", "unknown_item", "not_for_sale", "unknown_order", "price_changed", "version_changed", "item_exists",
    "more_than_remains", "nothing_remains", "unknown_hold", "hold_over", "limit", "unknown_subscription",
    "unauthenticated", "unknown_credential", "unknown_place", "unknown_type", "unsupported_version", "forbidden"})
# One of these is no answer to the request: this copy did nothing, and another one is sent.
THIS_TRY = frozenset({"busy", "unavailable"})
# Any other word, and one that a later release adds, says nothing: even this copy may have had an effect.


class PygmyError(Exception):
    """Base of all errors that this library raises."""


class Unreadable(PygmyError):
    """Bytes of the store that this library cannot read. Either is newer than the other, or they are damaged."""


class SetupError(PygmyError, ValueError):
    """The client cannot be made: an endpoint or a file is wrong. The message says what to do."""


class WrongArgument(PygmyError, ValueError):
    """An argument of a request is of a kind that cannot be sent. Nothing was sent."""


class Closed(PygmyError):
    """The client was closed, or is used by two threads at once."""


class Refused(PygmyError):
    """The store refused a request, or did not answer a read in time (`code` is then `unavailable`).

    The request had no effect and will have none, so a write may be tried again with a new key. `code` is the word of
    docs/PROTOCOL.md 5 and `text` is for people. The other fields are None unless the refusal has them.
    """

    def __init__(self, code: str, text: str, *, key: str | None = None, item: int | None = None,
                 stock: int | None = None, price: int | None = None, version: int | None = None,
                 allowed: int | None = None, available_from: int | None = None, available_until: int | None = None,
                 retry_ms: int | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.key = key  # of the write
        self.item = item  # that the refusal is about
        self.stock = stock  # the pieces that are available
        self.price = price  # of the item now, in cents
        self.version = version  # of the item now
        self.allowed = allowed  # the most pieces that may be asked for now
        self.available_from = available_from  # the item is for sale from then on, in milliseconds since 1970
        self.available_until = available_until  # the item was for sale before then
        self.retry_ms = retry_ms  # this client asks too often, and may ask again after so long


class Unknown(PygmyError):
    """Nobody knows whether a write took effect: no definite answer came before its deadline.

    The write is neither done nor failed. `outcome()` asks the store for up to 30 s: it tells the effect of the key, or
    makes sure that the key never has one. An AsyncClient's is awaited. Calling the same method again with `key=` and the
    same arguments is right, too: the key takes effect once at most.
    """

    def __init__(self, key: str, kind: str, text: str, ask: Callable[[str], Any] | None = None) -> None:
        super().__init__(f"{kind} with the key {key}: {text}")
        self.key = key
        self.kind = kind
        self.text = text
        self._ask = ask

    def outcome(self) -> Any:
        """Asks for the outcome of the key. If it ends as Unknown itself, ask again."""
        if self._ask is None:
            raise Closed("this error has no client; call outcome(key) of one")
        return self._ask(self.key)


class Trimmed(PygmyError):
    """The events that were asked for are no longer kept. The stream begins with the seq `begins`."""

    def __init__(self, begins: int) -> None:
        super().__init__(f"the stream was trimmed and begins with seq {begins} now")
        self.begins = begins


class AnotherHistory(PygmyError):
    """The events do not follow those that were read before: the store was restored to an earlier moment, or is another."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it came, or as the client makes one at a deadline."""

    code: str
    text: str
    fields: dict[str, Any]

    def error(self, key: str | None) -> Refused:
        renamed = {"from": "available_from", "until": "available_until"}
        known = ("item", "stock", "price", "version", "allowed", "from", "until", "retry_ms")
        given = {renamed.get(name, name): self.fields[name] for name in known if name in self.fields}
        return Refused(self.code, self.text, key=key, **given)
