"""Single commands: hold and cancel, subscriptions, orders, events, status --watch."""

import json
import os
import re
import signal
import subprocess
import unittest

from store import PROCESSES, wait_for
from tasks import TasksTest


class Tasks(TasksTest):
    # holds

    def test_a_hold_is_confirmed_in_part_at_its_price(self):
        before = self.store.read("lookup", 1)
        for _ in range(2):  # the second time it is a repetition
            hold = self.store.read("hold", "1:3", "2:2", "--customer", "ann", "--ttl", "5m", "--key", "hold-1")
            self.assertEqual((hold["state"], hold["expires"] - hold["at"]), ("open", 300_000))
        item = self.store.read("lookup", 1)
        self.assertEqual((item["stock"], item["held"], item["available"]),
                         (before["stock"], before["held"] + 3, before["available"] - 3))
        self.assertIn("held", self.store.ask("lookup", 1).out)
        self.assertIn(hold["no"], [each["no"] for each in self.store.read("holds", "--customer", "ANN")["holds"]])
        self.assertIn("out_of_stock", self.store.ask("buy", f"1:{item['available'] + 1}").err)
        extended = self.store.read("extend", hold["no"], "--ttl", "10m")
        self.assertGreater(extended["expires"], hold["expires"])
        self.assertIn("more_than_remains", self.store.ask("confirm", hold["no"], "1:4").err)
        order = self.store.read("confirm", hold["no"], "1:2", "--key", "confirm-1")
        self.assertEqual([(line["item"], line["quantity"]) for line in order["lines"]], [(1, 2)])
        item = self.store.read("lookup", 1)
        self.assertEqual((item["stock"], item["held"]), (before["stock"] - 2, before["held"]))
        self.assertIn(f"hold_over: hold {hold['no']} was confirmed: it became order {order['no']}\n",
                      self.store.ask("release", hold["no"]).err)
        self.assertEqual(self.store.read("outcome", "hold-1")["hold"]["state"], "confirmed")
        self.assertEqual(self.store.read("outcome", "confirm-1")["order"]["no"], order["no"])
        self.assertIn(f"this hold is confirmed as order {order['no']}", self.store.ask("hold", "show", hold["no"]).out)
        self.assertEqual(self.store.read("at", item["version"] - 1, "lookup", 1)["held"], before["held"] + 3)
        of_ann = lambda seq, *more: self.store.read("at", seq, "holds", "--customer", "Ann", *more)["holds"]
        self.assertEqual(of_ann(hold["seq"]), [hold])
        self.assertEqual([each["no"] for each in of_ann(item["version"] - 1)], [hold["no"]])
        self.assertEqual((of_ann(item["version"]), of_ann(hold["seq"], "--after", hold["no"])), ([], []))
        self.assertIn(f"hold {hold['no']} for ann", self.store.ask("at", hold["seq"], "holds").out)
        self.assertEqual(self.store.ask("audit").code, 0)

    def test_a_hold_ends_by_its_time_and_by_a_release(self):
        before = self.store.read("lookup", 1)["held"]
        short = self.store.read("hold", 1, "--ttl", "200ms")["no"]
        long = self.store.read("hold", 1)["no"]
        wait_for("the short hold ends", lambda: self.store.read("hold", "show", short)["state"] == "expired")
        self.assertIn(f"hold_over: hold {short} expired at ", self.store.ask("confirm", short).err)
        self.assertEqual(self.store.read("lookup", 1)["held"], before + 1)
        refused = self.store.ask("extend", long, "--ttl", "24h").err
        self.assertRegex(refused, rf"limit: hold {long} is open for 1d at most, until .*Z: the longest ttl is 14\d\dm now")
        longest = re.search(r"the longest ttl is (\S+) now", refused).group(1)
        self.assertEqual(self.store.ask("extend", long, "--ttl", longest).code, 0)
        self.assertEqual(self.store.read("release", long)["state"], "released")
        self.assertIn(f"hold {long} was released", self.store.ask("extend", long).err)
        self.assertEqual(self.store.read("lookup", 1)["held"], before)
        self.assertIn("unknown_hold", self.store.ask("hold", "show", 1_000_000).err)
        self.assertEqual(self.store.ask("hold", 1, "--ttl", "0s").code, 2)

    def test_a_hold_expects_the_price_of_its_item(self):
        self.store.read("add", "--id", 951, "--title", "Kept", "--topic", "holding", "--price", "1.50", "--stock", 5)
        refused = self.store.ask("hold", 951, "--expect-price", "1.40")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("price_changed: the price of item 951 is 1.50 now", refused.err)
        self.assertEqual(self.store.read("hold", "951:2", "--expect-price", "1.50")["lines"][0]["price"], 150)
        for wrong in ((951, 1, "--expect-price", "1.50"), (951, "--expect-price", "cheap")):
            self.assertEqual(self.store.ask("hold", *wrong).code, 2, wrong)

    def test_a_name_with_a_space_more_is_no_other_customer(self):
        last = self.store.status()["commit"]
        for name in (" spaced", "spaced ", "spaced\u00a0"):
            for arguments in (("buy", 1), ("hold", 1), ("grant", "buyer")):
                refused = self.store.ask(*arguments, "--customer", name)
                self.assertEqual(refused.code, 2, refused)
                self.assertIn("customer: begins or ends with a space", refused.err)
            self.assertEqual(self.store.ask("orders", "--customer", name).code, 0, "earlier orders may have it")
        written = [json.loads(line)["type"] for line in self.store.ask("events", "--json", "--from", last + 1).out.splitlines()]
        self.assertFalse({"order_placed", "hold_placed", "credential_granted"} & set(written))
        told = self.store.ask("credentials")
        self.assertEqual((told.out, told.err), ("", "no credentials: `pygmy grant ROLE` makes the first one\n"))

    # cancel

    def test_cancelled_pieces_are_in_the_stock_again(self):
        before = self.goods()
        no = self.store.read("buy", "1:3", "2:2", "--customer", "ann")["no"]
        self.assertEqual(self.store.read("order", no)["state"], "placed")
        for _ in range(2):  # the second time it is a repetition
            order = self.store.read("cancel", no, "1:1", "--reason", "too many", "--key", "cancel-1")
            self.assertEqual((order["state"], len(order["cancellations"])), ("partly_cancelled", 1))
        self.assertEqual((self.goods()[1], self.goods()[2]), (before[1] - 2, before[2] - 2))
        refused = self.store.ask("cancel", no, "1:3")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("more_than_remains: order", refused.err)
        self.assertEqual(self.store.read("cancel", no, "2:2", "--scrap")["state"], "partly_cancelled")
        self.assertEqual(self.store.read("cancel", no, "--return")["state"], "returned")
        self.assertEqual((self.goods()[1], self.goods()[2]), (before[1], before[2] - 2), "two were scrapped")
        self.assertIn("nothing_remains", self.store.ask("cancel", no).err)
        shown = self.store.ask("order", no).out
        for line in ("cancel: too many, seq", "scrap, seq", "return, seq", "this order is returned"):
            self.assertIn(line, shown)
        self.assertEqual(self.store.read("outcome", "cancel-1")["outcome"], "change")
        self.assertEqual(self.store.ask("cancel", no, "--return", "--scrap").code, 2)
        seq = order["cancellations"][0]["seq"]
        self.assertEqual(self.store.read("at", seq, "order", no)["state"], "partly_cancelled")
        self.assertEqual(self.store.read("at", seq - 1, "order", no)["state"], "placed")
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit)
        self.assertRegex(audit.out, r"taken in, [1-9]\d* cancelled:")

    # subscriptions

    def seqs(self, *options):
        """The seqs that `events` shows for the subscription `till`."""
        shown = self.store.ask("events", "--subscription", "till", "--json", *options)
        self.assertEqual(shown.code, 0, shown.err)
        return [json.loads(line)["seq"] for line in shown.out.splitlines()]

    def test_a_subscriber_that_dies_gets_again_what_it_has_not_acknowledged(self):
        first = self.store.read("add", "--id", 986, "--title", "Followed", "--topic", "counting", "--price", "1.00",
                                "--stock", 50)
        self.store.read("subscribe", "till", "--from", first["version"], "--type", "order_placed,stock_moved",
                        "--ttl", "5m")
        placed = [self.store.read("buy", 986)["seq"] for _ in range(3)]
        self.assertEqual(self.seqs(), placed)
        self.assertEqual(self.seqs("--limit", 2), placed[:2], "nothing was acknowledged")
        self.assertEqual(self.seqs("--limit", 2, "--acknowledge"), placed[:2])
        self.assertEqual(self.seqs(), placed[2:])
        placed.append(self.store.read("restock", 986, 5)["version"])
        self.assertEqual(self.seqs(), placed[2:], "in order, and without the events of the subscription")
        told = self.store.read("subscriptions")
        (till,) = [each for each in told["subscriptions"] if each["name"] == "till"]
        self.assertEqual(till["cursor"], placed[1])
        self.assertIn(f"till: acknowledged up to seq {placed[1]}", self.store.ask("subscriptions").out)
        self.assertIn("never goes back", self.store.ask("acknowledge", "till", placed[0]).err)
        self.assertNotIn("subscription", self.store.read("unsubscribe", "till", "--key", "unsubscribe-1"))
        self.assertIn("unknown_subscription", self.store.ask("events", "--subscription", "till").err)
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit.out)

    def test_events_that_a_subscriber_has_not_acknowledged_are_not_trimmed(self):
        self.store.read("subscribe", "slow", "--from", 2)
        trim = ("stream", "trim", "--without-backup", "--dry-run", "--brokers", f"tcp://127.0.0.1:{self.store.base}",
                "--before")
        refused = self.store.ask(*trim, 3)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("subscription slow has acknowledged the events up to seq 1 only", refused.err)
        self.store.read("unsubscribe", "slow")
        self.assertNotIn("subscription", self.store.ask(*trim, 3).err)

    def test_the_status_tells_how_far_subscriptions_are_behind(self):
        self.store.read("subscribe", "watched", "--from", 1)
        told = r"subscriptions: \d+; the slowest is \d+ events? behind"
        wait_for("the status tells it", lambda: re.search(told, self.store.ask("status").out))
        self.store.read("unsubscribe", "watched")

    def test_a_subscription_that_nobody_acknowledges_is_dropped(self):
        self.store.read("subscribe", "short", "--ttl", "200ms")
        names = lambda: [each["name"] for each in self.store.read("subscriptions")["subscriptions"]]
        wait_for("the subscription is dropped", lambda: "short" not in names())
        self.assertIn("unknown_subscription", self.store.ask("acknowledge", "short", 1).err)
        for wrong in (("subscribe", "a b"), ("subscribe", "n", "--ttl", "0s"), ("subscribe", "n", "--type", "no_event"),
                      ("events", "--acknowledge"), ("events", "--subscription", "n", "--from", 1)):
            self.assertEqual(self.store.ask(*wrong).code, 2, wrong)

    # listings

    def test_orders_come_newest_first_and_by_time(self):
        numbers = [self.store.read("buy", 1, "--customer", name)["no"] for name in ("list", "list", "else", "list")]
        listed = lambda *more: [order["no"] for order in self.store.read("orders", *more)["orders"]]
        self.assertEqual(listed("--limit", 4), numbers[::-1])
        mine = [numbers[0], numbers[1], numbers[3]]
        self.assertEqual(listed("--customer", "list"), mine[::-1])
        self.assertEqual(listed("--customer", "list", "--oldest"), mine)
        page = self.store.read("orders", "--customer", "list", "--limit", 2)
        self.assertEqual(page["next"], mine[1])
        last = self.store.read("orders", "--customer", "list", "--limit", 2, "--before", page["next"])
        self.assertEqual(([order["no"] for order in last["orders"]], last.get("next")), (mine[:1], None))
        self.assertEqual(listed("--customer", "list", "--after", mine[0]), mine[1:])
        at = self.store.read("order", mine[1])["at"]
        moment = self.moment(at)
        self.assertNotIn(mine[1], listed("--until", moment, "--customer", "list"))
        self.assertIn(mine[1], listed("--since", moment, "--customer", "list"))
        self.assertNotIn(mine[0], [] if self.store.read("order", mine[0])["at"] == at else listed("--since", moment))
        self.assertEqual(listed("--since", "2100-01-01"), [])
        self.assertEqual(listed("--until", "2001-01-01"), [])
        self.assertEqual(listed("--since", "2001-01-01", "--oldest", "--limit", 1), [1])
        self.assertEqual(self.store.ask("orders", "--since", "yesterday").code, 2)
        self.assertIn("there is more: add --before", self.store.ask("orders", "--limit", 1).err)

    def moment(self, milliseconds):
        whole = subprocess.run(["date", "-u", "-d", f"@{milliseconds // 1000}", "+%Y-%m-%dT%H:%M:%S"], capture_output=True,
                               text=True).stdout.strip()
        return f"{whole}.{milliseconds % 1000:03}Z"

    def test_events_are_chosen(self):
        self.store.read("restock", 2, 1)
        events = lambda *more: [json.loads(line) for line in self.store.ask("events", "--json", *more).out.splitlines()]
        everything = events()
        kinds = {event["type"] for event in everything}
        for kind in kinds:
            self.assertEqual(events("--type", kind), [event for event in everything if event["type"] == kind])
        self.assertEqual(events("--type", "items_added,stock_moved"),
                         [event for event in everything if event["type"] in ("items_added", "stock_moved")])
        self.assertEqual([event["seq"] for event in events("--from", 2, "--to", 4)], [2, 3, 4])
        lines = lambda event: event.get("lines", []) + event.get("ended", [])
        touched = lambda event: [event.get("item"), *(line["item"] for line in lines(event)), *(item["id"] for item in event.get("items", []))]
        of_item = events("--item", 2)
        self.assertEqual(of_item, [event for event in everything if 2 in touched(event)])
        self.assertTrue(0 < len(of_item) < len(everything))
        self.assertEqual(len(events("--item", 2, "--limit", 1)), 1)
        self.assertEqual(len(events("--limit", 3)), 3)
        self.assertEqual(len(events("--limit", 2, "--follow")), 2, "it ends when it has shown enough")
        wrong = self.store.ask("events", "--type", "no_such")
        self.assertEqual(wrong.code, 2)
        self.assertIn("order_placed", wrong.err)

    def test_status_is_watched(self):
        watch = self.popen("status", "--watch", "--json")
        for _ in range(2):
            self.assertIn("processes", json.loads(watch.stdout.readline()))
        watch.send_signal(signal.SIGINT)
        watch.stdout.read()


class Outage(TasksTest):
    SHAPE = PROCESSES

    def test_a_reader_survives_while_nobody_takes_its_acknowledgement(self):
        self.store.read("subscribe", "patient", "--type", "order_placed")
        reading = self.popen("events", "--subscription", "patient", "--follow", "--acknowledge", "--json", "--timeout", "1s",
                             stderr=subprocess.PIPE)
        self.addCleanup(reading.stderr.close)
        placed = self.store.read("buy", 1)["seq"]
        self.assertEqual(json.loads(reading.stdout.readline())["seq"], placed)
        orders = [each["instance"] for each in self.store.ps() if each["role"] == "order"]
        paused = [self.store.kill(each, signal.SIGSTOP) for each in orders]
        try:  # pages of events come from the frontends, and writes from nobody
            self.assertIn("trying again", reading.stderr.readline())
        finally:
            for pid in paused:
                os.kill(pid, signal.SIGCONT)
        wait_for("it is acknowledged", lambda: self.store.read("subscriptions")["subscriptions"][0]["cursor"] >= placed)
        self.assertIsNone(reading.poll())


if __name__ == "__main__":
    unittest.main()
