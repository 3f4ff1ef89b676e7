"""Client of Pygmy, the back end of a shop. python/README.md shows how to use it.

    with pygmy.Client("tcp://127.0.0.1:7410,tcp://127.0.0.1:7412") as shop:
        order = shop.buy(2, customer="ann")
"""

from .aio import AsyncClient, AsyncFollower, AsyncSubscription
from .answer import Answer
from .client import Client, Follower, Subscription
from .core import Options
from .errors import AnotherHistory, Closed, PygmyError, Refused, SetupError, Trimmed, Unknown, Unreadable, WrongArgument
from .keys import new_key
from .model import (Cancellation, Credential, Currency, Event, HeldLine, Hold, Holds, Item, Items, Line, Movement, Movements,
                    Order, Orders, Outcome, Place, Status, StoreInfo, Subscribed, Subscriptions, SubscriptionState, Terms,
                    Whoami)
from .requests import NewItem, Request, Want

__all__ = [
    "AnotherHistory", "Answer", "AsyncClient", "AsyncFollower", "AsyncSubscription", "Cancellation", "Client", "Closed",
    "Credential", "Currency", "Event", "Follower", "HeldLine", "Hold", "Holds", "Item", "Items", "Line", "Movement",
    "Movements", "NewItem", "Options", "Order", "Orders", "Outcome", "Place", "PygmyError", "Refused", "Request",
    "SetupError", "Status", "StoreInfo", "Subscribed", "Subscription", "SubscriptionState", "Subscriptions", "Terms",
    "Trimmed", "Unknown", "Unreadable", "Want", "Whoami", "WrongArgument", "new_key"]
