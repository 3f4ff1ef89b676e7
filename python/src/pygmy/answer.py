"""Answer: the end of a request, with the parts of its header that an application may want."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from . import errors, wire
from .core import End
from .errors import Refusal, Unknown, Unreadable
from .requests import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """Either `body` or `refusal` is set. `result()` is what the methods of a client return."""

    request: Request[T]
    body: wire.Body | None
    refusal: Refusal | None
    seq: int | None  # of the last event that the answer reveals
    stale_ms: int | None  # the age of an answer that is not exact (`stale_ok`)
    spans: tuple[wire.Body, ...]  # with `trace`: the time of each tier
    frontend: str | None  # that answered; None: the client ended the request at its deadline
    took: float  # seconds
    _ask: Callable[[str], Any] = field(repr=False)

    def result(self) -> T:
        """Returns the result, or raises Refused or Unknown."""
        key = self.request.key
        if self.refusal is None:
            try:
                return self.request.read(self.body or {})
            except Unreadable as error:
                if key is None:
                    raise
                raise Unknown(key, self.request.kind, f"the answer cannot be read ({error}); is the store newer than this "
                                                      "library?", self._ask) from None
        code = self.refusal.code
        if key is not None and code not in errors.EVERY_COPY | errors.THIS_COPY | errors.THIS_TRY:
            raise Unknown(key, self.request.kind, self.refusal.text, self._ask)
        raise self.refusal.error(key)


def answer_of(request: Request[T], end: End, ask: Callable[[str], Any]) -> Answer[T]:
    header, spans = end.header, end.header.get("spans")
    return Answer(request, end.body, end.refusal, header.get("seq"), header.get("stale_ms"),
                  tuple(spans) if isinstance(spans, list) else (), end.frontend, end.took, ask)
