#!/usr/bin/env python3
"""The core of the Python library, with frontends that the test plays and in virtual time."""

import contextlib
import random
import unittest

from scripted import GONE, SILENT, World, answers, refuses, reply
from pygmy import PygmyError, requests
from pygmy.answer import answer_of
from pygmy.core import Options

ITEM = {"item": {"id": 2}}
ORDER = {"order": {"no": 1}}
VOID = {"outcome": "void", "seq": 9}


def on_outcome(told, otherwise):
    """A frontend that tells this outcome, and plays `otherwise` to other requests."""
    return lambda header, body: (told if header["t"] == "outcome" else otherwise)(header, body)


class Answers(unittest.TestCase):
    def test_the_first_frontend_answers(self):
        world = World(answers(ITEM), answers(ITEM))
        end = world.run(5, world.submit())
        self.assertEqual((end.body, end.refusal, end.frontend, end.header["seq"]), (ITEM, None, "tcp://f0:1", 7))
        self.assertAlmostEqual(end.took, 0.001)
        self.assertEqual(world.asked(), [(0, 0, "lookup")])

    def test_after_silence_the_same_request_goes_to_the_next_frontend_and_a_late_answer_is_ignored(self):
        world = World(answers({"late": 1}, after=0.4), answers(ORDER, after=0.05))
        ends = world.buy()
        self.assertEqual(world.run(5, ends).body, ORDER)
        world.run(1)
        self.assertEqual(len(ends), 1)
        self.assertEqual(world.asked(), [(0, 0, "place"), (0.3, 1, "place")])
        (_, _, first, body), (_, _, second, again) = world.sent[:2]
        self.assertEqual(body, again)
        self.assertNotEqual(first["id"], second["id"], "each copy has its id")
        self.assertEqual((first["ttl"], second["ttl"]), (4500, 4230), "the time left less a tenth")

    def test_patience_doubles_with_each_tour(self):
        world = World(SILENT, SILENT)
        world.run(6, world.submit())
        times = [at for at, *_ in world.asked()]
        self.assertEqual(times, [0, 0.3, 0.6, 1.2, 1.8, 3.0, 4.2])

    def test_a_request_for_events_that_waits_is_not_taken_for_silent(self):
        world = World(answers({"mark": 1}, after=4.9), SILENT)
        end = world.run(9, world.submit("events", {"from": 5, "wait": 5000}, Options().waiting(5)))
        self.assertEqual((end.body, len(world.asked())), ({"mark": 1}, 1))
        self.assertEqual(world.sent[0][2]["ttl"], 9000)

    def test_options_are_in_the_header(self):
        world = World(answers(ITEM), stale_ok=60, fresh=True, trace=True, token="t0")
        world.run(1, world.submit())
        header = world.sent[0][2]
        self.assertEqual([header[name] for name in ("v", "stale_ok", "fresh", "trace", "token")], [1, 60000, True, True, b"t0"])
        world = World(answers(ITEM))
        world.run(1, world.submit())
        self.assertEqual(set(world.sent[0][2]), {"v", "t", "id", "ttl"})

    def test_bytes_that_cannot_be_read_and_ids_of_others_count_as_no_answer(self):
        def noise(header, _):
            return [(0.01, b"\xc1"), (0.01, b"\x81"), (0.02, reply({"id": 1 << 40}, ITEM)), (0.02, b"\x01\x02"),
                    (0.02, reply({"id": 0}, {"message": "x"}, err="malformed")), (0.03, reply({"id": "x"}, ITEM))]
        world = World(noise, answers(ITEM))
        self.assertEqual(world.run(5, world.submit()).frontend, "tcp://f1:1")

    def test_no_bytes_of_a_frontend_are_an_error_of_the_client(self):
        dice = random.Random(7)

        def mangled(header, _):
            frames = []
            for more in ({"err": "limit"}, {"spans": 3}, {"seq": "x"}, {"err": 5}, {"v": None}):
                frame = bytearray(reply(header, {"message": 7, "retry_ms": -1, "outcome": []}, **more))
                for _ in range(dice.randrange(4)):
                    frame[dice.randrange(len(frame))] = dice.randrange(256)
                frames.append((0.01, bytes(frame[:dice.randrange(len(frame) + 40)])))
            return frames
        for _ in range(300):
            world = World(mangled, SILENT)
            end = world.run(9, world.buy() if dice.random() < 0.5 else world.submit())
            request = requests.buy(2) if dice.random() < 0.5 else requests.lookup(2)
            with contextlib.suppress(PygmyError):
                answer_of(request, end, None).result()

    def test_an_answer_in_a_version_that_is_not_known_is_not_used(self):
        def newer(header, _):
            return [(0.01, reply(header, {"x": 1}, v=2))]
        world = World(newer)
        self.assertEqual(world.run(5, world.submit()).refusal.code, "unsupported_version")
        self.assertEqual(world.run(5, world.buy()).refusal.code, "unknown")

    def test_a_request_that_nobody_waits_for_is_forgotten(self):
        world, ends = World(SILENT, SILENT), []
        done = ends.append
        world.core.submit("lookup", {"item": 2}, False, Options(), world.now, done)
        world.core.forget(done)
        world.run(9)
        self.assertEqual((ends, world.core.next_time()), ([], None))


class Repeating(unittest.TestCase):
    def test_unavailable_asks_the_next_frontend_at_once_and_then_after_pauses(self):
        world = World(refuses("unavailable"), answers(ITEM))
        world.run(5, world.submit())
        self.assertEqual(world.asked(), [(0, 0, "lookup"), (0.001, 1, "lookup")])
        world = World(refuses("unavailable"), refuses("unavailable"))
        end = world.run(9, world.submit())
        self.assertEqual(end.refusal.code, "unavailable")
        self.assertIn("said unavailable", end.refusal.text)
        self.assertIn(len(world.asked()), range(6, 14), "pauses up to a second")

    def test_busy_with_retry_ms_waits_so_long_and_ends_as_busy(self):
        world = World(refuses("busy", retry_ms=1500))
        end = world.run(9, world.buy())
        self.assertEqual((end.refusal.code, end.refusal.fields["retry_ms"]), ("busy", 1500))
        times = [at for at, *_ in world.asked()]
        self.assertTrue(all(later - at >= 1.5 for at, later in zip(times, times[1:])), times)

    def test_an_early_unknown_and_words_that_are_not_known_are_repeated_and_a_late_unknown_ends(self):
        for word in ("unknown", "fenced", "not_writer", "skipped", "some_new_word"):
            world = World(refuses(word), answers(ORDER))
            self.assertEqual(world.run(5, world.buy()).body, ORDER, word)
        world = World(lambda header, _: [(4.6, reply(header, {"message": "ttl"}, err="unknown"))], try_next=10)
        end = world.run(5, world.buy())
        self.assertEqual((end.refusal.code, end.refusal.text), ("unknown", "ttl"))


class AtTheDeadline(unittest.TestCase):
    def test_a_read_is_unavailable_and_a_write_is_unknown(self):
        world = World(SILENT, SILENT, timeout=2)
        end = world.run(9, world.submit())
        self.assertEqual((end.refusal.code, end.frontend), ("unavailable", None))
        self.assertAlmostEqual(end.took, 2)
        self.assertIn("tcp://f0:1, tcp://f1:1", end.refusal.text)
        self.assertEqual(world.run(9, world.buy()).refusal.code, "unknown")

    def test_a_write_of_which_no_copy_could_take_effect_did_nothing(self):
        self.assertEqual((lambda w: w.run(9, w.buy()))(World(GONE, GONE)).refusal.code, "unavailable")
        self.assertEqual((lambda w: w.run(9, w.buy()))(World(refuses("busy"))).refusal.code, "unavailable")
        world = World(GONE, timeout=90)
        self.assertEqual(world.run(99, world.buy()).refusal.code, "unavailable", "copies that did not leave are not counted")
        self.assertGreater(len(world.sent), 300)

    def test_a_write_with_one_silent_copy_is_unknown_though_the_others_were_refused(self):
        world = World(SILENT, refuses("busy"))
        self.assertEqual(world.run(9, world.buy()).refusal.code, "unknown")


class Closing(unittest.TestCase):
    def test_a_close_ends_requests_under_way_and_a_write_that_was_sent_as_unknown(self):
        world = World(SILENT)
        ends = [world.buy(), world.submit()]
        unsent = World(GONE)
        ends.append(unsent.buy())
        for each in (world, unsent):
            each.run(0.1)
            each.core.close(each.now)
            each.core.close(each.now)
        self.assertEqual([[each.refusal.code for each in one] for one in ends], [["unknown"], ["unavailable"], ["unavailable"]])


class RefusedWrites(unittest.TestCase):
    def test_a_write_that_was_sent_once_is_refused_at_once(self):
        world = World(refuses("out_of_stock", item=2, stock=1))
        end = world.run(5, world.buy())
        self.assertEqual((end.refusal.code, end.refusal.fields), ("out_of_stock", {"item": 2, "stock": 1}))
        self.assertEqual(len(world.sent), 1)

    def test_while_another_copy_may_succeed_the_outcome_is_asked_for_first(self):
        world = World(SILENT, on_outcome(answers(VOID), refuses("out_of_stock", item=2)))
        end = world.run(5, world.buy())
        self.assertEqual((end.refusal.code, end.refusal.fields), ("out_of_stock", {"item": 2}))
        self.assertEqual([kind for *_, kind in world.asked()], ["place", "place", "outcome"])
        self.assertEqual(world.sent[-1][3], {"key": "k1"})

    def test_if_the_other_copy_did_succeed_its_answer_is_asked_for(self):
        took = []

        def shop(header, body):
            if header["t"] == "outcome":
                took.append(1)
                return answers({"outcome": "order", "seq": 5})(header, body)
            return (answers(ORDER) if took else refuses("out_of_stock"))(header, body)
        world = World(SILENT, shop)
        self.assertEqual(world.run(5, world.buy()).body, ORDER)

    def test_a_write_that_took_effect_and_is_refused_all_the_same_is_unknown(self):
        world = World(SILENT, on_outcome(answers({"outcome": "order", "seq": 5}), refuses("out_of_stock")))
        self.assertEqual(world.run(5, world.buy()).refusal.code, "unknown")

    def test_an_outcome_of_which_one_copy_is_refused_is_unknown(self):
        world = World(SILENT, refuses("forbidden"))
        self.assertEqual(world.run(5, world.submit("outcome", {"key": "k1"})).refusal.code, "unknown")

    def test_an_outcome_that_is_refused_or_never_comes_leaves_the_write_unknown(self):
        for told in (refuses("forbidden"), refuses("invalid"), lambda *_: [], answers({"outcome": "perhaps"})):
            world = World(SILENT, on_outcome(told, refuses("out_of_stock")))
            self.assertEqual(world.run(9, world.buy()).refusal.code, "unknown")

    def test_a_refusal_that_reaches_every_copy_is_final(self):
        for word in ("key_reused", "key_voided", "invalid", "malformed"):
            world = World(SILENT, refuses(word))
            self.assertEqual(world.run(5, world.buy()).refusal.code, word)
            self.assertNotIn("outcome", [kind for *_, kind in world.asked()])

    def test_a_copy_that_was_refused_or_never_left_needs_no_outcome(self):
        world = World(refuses("unavailable"), refuses("out_of_stock"))
        self.assertEqual(world.run(5, world.buy()).refusal.code, "out_of_stock")
        world = World(GONE, refuses("out_of_stock"))
        self.assertEqual(world.run(5, world.buy()).refusal.code, "out_of_stock")
        self.assertNotIn("outcome", [kind for *_, kind in world.asked()])

    def test_a_read_is_refused_at_once_also_in_several_copies(self):
        world = World(SILENT, refuses("unknown_item"))
        self.assertEqual(world.run(5, world.submit()).refusal.code, "unknown_item")


class Failover(unittest.TestCase):
    def test_a_frontend_that_loses_its_connection_costs_a_few_milliseconds_and_is_not_asked_first_again(self):
        world = World(answers(ITEM), answers(ITEM))
        world.run(5, world.submit())
        world.plays[0] = GONE
        self.assertLess(world.run(5, world.submit()).took, 0.02)
        world.run(5, world.submit())
        self.assertEqual([frontend for _, frontend, _ in world.asked()], [0, 0, 1, 1])

    def test_at_the_beginning_the_first_frontend_gets_the_time_to_connect(self):
        world = World(GONE, answers(ITEM))
        ends = world.submit()
        world.run(0.01)
        world.plays[0] = answers(ITEM)
        self.assertEqual(world.run(5, ends).frontend, "tcp://f0:1")
        world = World(GONE, answers(ITEM))
        end = world.run(5, world.submit())
        self.assertEqual(end.frontend, "tcp://f1:1")
        self.assertLess(end.took, 0.15)

    def test_the_only_frontend_is_asked_as_soon_as_it_is_back(self):
        world = World(GONE)
        ends = world.buy()
        world.run(2)
        world.plays[0] = answers(ORDER)
        self.assertLess(world.run(5, ends).took, 2.2)
        self.assertLess(len(world.sent), 40)

    def test_a_frontend_that_has_a_copy_gets_no_flood_of_others_while_the_other_is_gone(self):
        world = World(SILENT, GONE)
        world.run(6, world.buy())
        self.assertLess(len([1 for _, frontend, _ in world.asked() if frontend == 0]), 9)

    def test_a_busy_frontend_stays_the_first_choice_and_one_that_answers_becomes_it(self):
        world = World(refuses("busy"), answers(ITEM))
        world.run(5, world.submit())
        world.run(5, world.submit())
        self.assertEqual([frontend for _, frontend, _ in world.asked()], [0, 1, 0, 1])
        world = World(SILENT, SILENT)
        world.run(9, world.submit())
        world.plays[1] = answers(ITEM)
        world.run(9, world.submit())
        del world.sent[:]
        self.assertEqual(world.run(9, world.submit()).frontend, "tcp://f1:1")
        self.assertEqual(len(world.asked()), 1)

    def test_a_silent_frontend_is_asked_whether_it_is_back_also_while_a_request_waits(self):
        world = World(SILENT, answers({"mark": 1}, after=6))
        world.run(9, world.submit("events", {"from": 5, "wait": 1000}, Options(timeout=9, try_next=0.5)))
        probes = [at for at, frontend, header, _ in world.sent if header["id"] < 256 and at < 4 and frontend == 0]
        self.assertEqual(probes, [1.5, 2.5, 3.5])

    def test_a_silent_frontend_is_asked_first_again_once_it_has_a_lease(self):
        leased = {"leased": False}
        world = World(SILENT, answers(ITEM, after=0.2))
        world.run(5, world.submit())
        world.plays[0] = answers({"anonymous": "all", **leased})
        for _ in range(10):
            self.assertEqual(world.run(5, world.submit()).frontend, "tcp://f1:1", "it has no lease")
        world.plays[0] = answers({"anonymous": "all", "leased": True})
        for _ in range(10):
            world.run(5, world.submit())
        self.assertEqual(world.run(5, world.submit()).frontend, "tcp://f0:1")
        probes = [(at, header["t"]) for at, _, header, _ in world.sent if header["id"] < 256]
        self.assertTrue(2 <= len(probes) <= 5 and {kind for _, kind in probes} == {"whoami"}, probes)

    def test_a_frontend_that_may_not_tell_is_taken_for_alive(self):
        world = World(SILENT, answers(ITEM, after=0.2))
        world.run(5, world.submit())
        world.plays[0] = refuses("unauthenticated")
        for _ in range(8):
            world.run(5, world.submit())
        self.assertEqual(world.sent[-1][1], 0)

    def test_many_copies_share_ids_and_then_none_is_taken_for_closed(self):
        world = World(refuses("unavailable"), timeout=600)
        ends = world.buy()
        while len(world.sent) < 300:
            world.run(1)
        world.plays[0] = on_outcome(answers(VOID), refuses("out_of_stock"))
        self.assertEqual(world.run(600, ends).refusal.code, "out_of_stock")
        self.assertEqual(world.asked()[-1][2], "outcome")


class NotLetIn(unittest.TestCase):
    def test_all_requests_end_with_the_reason_if_no_frontend_ever_answered(self):
        world = World(SILENT, SILENT)
        read, write = world.submit(), world.buy()
        world.core.on_barred(1, "wants a key", True, world.now)
        self.assertEqual([(ends[0].refusal.code, ends[0].refusal.text) for ends in (read, write)],
                         2 * [("unauthenticated", "tcp://f1:1 wants a key")])

    def test_once_a_frontend_has_answered_a_write_may_have_been_taken(self):
        world = World(answers(ITEM), SILENT)
        world.run(5, world.submit())
        world.plays[0] = SILENT
        ends = world.buy()
        world.core.on_barred(1, "wants a key", True, world.now)
        end = world.run(9, ends)
        self.assertEqual(end.refusal.code, "unknown")
        self.assertIn("wants a key", end.refusal.text)

    def test_a_reason_that_may_pass_ends_nothing(self):
        world = World(SILENT)
        ends = world.submit()
        world.core.on_barred(0, "closes each connection", False, world.now)
        self.assertEqual(ends, [])


if __name__ == "__main__":
    unittest.main()
