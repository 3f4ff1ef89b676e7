// Every counter of every process. The heartbeat, /metrics and the table in docs/OPERATIONS.md come from this list:
// tests/lint/counters.py --write rewrites that table.
//
// Threads: none. Tests: tests/base/counters_test.cpp, tests/lint/counters_test.py.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace base {

// A counter only rises while its process runs. A gauge tells the present value. A family is one counter for each value
// of a label: a heartbeat calls it NAME_VALUE, and /metrics calls it NAME_total{LABEL="VALUE"}. A histogram has buckets
// for each value of a label; a heartbeat carries it in a field of its own (base/latency.h).
enum class CounterKind : std::uint8_t { kCounter, kGauge, kFamily, kHistogram };
constexpr bool has_label(CounterKind kind) { return kind == CounterKind::kFamily || kind == CounterKind::kHistogram; }

// The processes that have a counter, as bits. Every process has those of its loop.
using CounterOwners = std::uint8_t;
constexpr CounterOwners kOfFrontend = 1;
constexpr CounterOwners kOfCatalog = 2;
constexpr CounterOwners kOfOrder = 4;
constexpr CounterOwners kOfBroker = 8;
constexpr CounterOwners kOfLoop = 16;
constexpr CounterOwners kOfReplicas = kOfCatalog | kOfOrder;
constexpr CounterOwners kOfAll = kOfFrontend | kOfReplicas | kOfBroker;

struct DeclaredCounter {
  std::string_view name;  // ends with _bytes, or with _us for microseconds, if the counter has such a unit
  CounterOwners owners;
  CounterKind kind;
  std::string_view label;  // of a family and of a histogram, else empty
  std::string_view help;
};

// clang-format off
inline constexpr auto kCounters = std::to_array<DeclaredCounter>({
    {"requests", kOfFrontend | kOfReplicas, CounterKind::kFamily, "type",
     "requests by type: `requests_lookup`, `requests_place` and so on; `requests_unknown` are those of other "
     "types"},
    {"answers", kOfFrontend, CounterKind::kCounter, "",
     "answers that were sent. The frontend's own refusals are in `refused_WORD` instead"},
    {"refused", kOfAll, CounterKind::kFamily, "word",
     "refusals by error word; those of the writer are in `rejected`, `writer_busy` and `not_writer`. "
     "If `refused_busy` rises, there is more load than capacity"},
    {"request_us", kOfFrontend, CounterKind::kHistogram, "kind",
     "time from the arrival of a request to its answer or refusal, by kind: `read` (lookups, searches, orders) and "
     "`change`. Requests for events and for the status are not measured"},
    {"malformed", kOfAll, CounterKind::kCounter, "",
     "messages that could not be read, and were refused or dropped"},
    {"cache_hits", kOfFrontend, CounterKind::kCounter, "",
     "requests that the cache answered"},
    {"cache_misses", kOfFrontend, CounterKind::kCounter, "",
     "requests that the cache could not answer, so that a replica was asked"},
    {"cache_shared", kOfFrontend, CounterKind::kCounter, "",
     "requests that waited for the answer to the same question of an earlier request"},
    {"credentials_asked", kOfFrontend, CounterKind::kCounter, "",
     "questions to order replicas for the credential of a token or a client's key"},
    {"cache_fills_late", kOfFrontend, CounterKind::kCounter, "",
     "answers that were not cached because an event that concerns them came first"},
    {"cache_invalidated", kOfFrontend, CounterKind::kCounter, "",
     "cached answers that an event removed"},
    {"cache_evicted", kOfFrontend, CounterKind::kCounter, "",
     "cached answers that left a full cache, the least recently used first. If it rises all the time, the cache is "
     "smaller than what clients read"},
    {"cache_bytes", kOfFrontend, CounterKind::kGauge, "",
     "bytes of the cache"},
    {"cache_entries", kOfFrontend, CounterKind::kGauge, "",
     "answers in the cache"},
    {"reads_at_replicas", kOfFrontend, CounterKind::kGauge, "",
     "reads that were sent to a replica and are not answered yet; at most 64 of one client, and 512 of all for "
     "each role"},
    {"under_way", kOfFrontend, CounterKind::kGauge, "",
     "requests that are not answered yet. If it grows, the broker or the replicas do not keep up"},
    {"gate_held_now", kOfFrontend, CounterKind::kGauge, "",
     "answers that wait for the watermark. If it grows, the broker or another frontend does not keep up"},
    {"gate_holds", kOfFrontend, CounterKind::kCounter, "",
     "answers that had to wait for the watermark; normal for writes"},
    {"parked", kOfFrontend, CounterKind::kCounter, "",
     "requests that came while the frontend had no lease; some are normal at a start, or when the broker "
     "restarts"},
    {"leases_begun", kOfFrontend, CounterKind::kCounter, "",
     "leases that began after a time without one. It rises by one at the start. If it rises again, the "
     "frontend lost its lease (pauses, load, broker restarts)"},
    {"leases_refused", kOfFrontend, CounterKind::kCounter, "",
     "requests for a lease that the broker refused"},
    {"sent_again", kOfFrontend, CounterKind::kCounter, "",
     "requests that were sent to another replica or to a new writer; bursts are normal at fail-overs"},
    {"answers_late", kOfFrontend, CounterKind::kCounter, "",
     "answers that came after their request was answered or over; they follow from `sent_again`"},
    {"answers_unasked", kOfFrontend, CounterKind::kCounter, "",
     "answers of a replica to a request that it was never sent: another process answers at its endpoint"},
    {"over_rate", kOfFrontend, CounterKind::kCounter, "",
     "requests that were refused with `busy` because their client had sent more than `--client-rate`"},
    {"settled", kOfFrontend, CounterKind::kCounter, "",
     "refusals of one of several copies of a write, for which the frontend asked for the `outcome` of the key "
     "(ADR 9)"},
    {"refusals_undecided", kOfFrontend, CounterKind::kCounter, "",
     "`busy` answers to one copy of a write whose other copy may be under way. The frontend waits for the "
     "answer to that copy (ADR 22). They come when the journal stalls"},
    {"stale_answers", kOfFrontend, CounterKind::kCounter, "",
     "answers without a lease, which `stale_ok` allowed; each is marked with its age"},
    {"events_served", kOfFrontend, CounterKind::kCounter, "",
     "pages of events that were sent"},
    {"store_commits", kOfCatalog, CounterKind::kCounter, "",
     "commits of the view to its file"},
    {"expired", kOfReplicas, CounterKind::kCounter, "",
     "requests whose time was over while they waited"},
    {"dropped_diverged", kOfReplicas, CounterKind::kCounter, "",
     "requests that were not answered because the view has diverged"},
    {"waited_for_min", kOfReplicas, CounterKind::kCounter, "",
     "requests that waited until the replica had applied what the frontend had"},
    {"view_passes", kOfReplicas, CounterKind::kCounter, "",
     "how often the replica has checked all rows of its view"},
    {"snapshots_made", kOfReplicas, CounterKind::kCounter, "",
     "copies of its view that the replica made. If it rises all the time, some replicas never catch up"},
    {"snapshot_served_bytes", kOfReplicas, CounterKind::kCounter, "",
     "bytes of snapshots that the replica gave to new replicas"},
    {"snapshot_fetched_bytes", kOfReplicas, CounterKind::kGauge, "",
     "bytes of the snapshot that the replica has fetched while it is `starting`"},
    {"decided", kOfOrder, CounterKind::kCounter, "",
     "requests that the writer decided with an event"},
    {"rejected", kOfOrder, CounterKind::kCounter, "",
     "requests that the writer refused by a rule of the shop"},
    {"keys_repeated", kOfOrder, CounterKind::kCounter, "",
     "requests that the writer had decided before, and answered again"},
    {"refusals_held", kOfOrder, CounterKind::kCounter, "",
     "refusals that waited until the events that caused them were committed"},
    {"writer_fenced", kOfOrder, CounterKind::kCounter, "",
     "the broker told the writer that its epoch is over"},
    {"holds_expired", kOfOrder, CounterKind::kCounter, "",
     "holds that the writer ended because they were over"},
    {"subscriptions", kOfOrder, CounterKind::kGauge, "",
     "subscriptions of the store"},
    {"subscription_lag", kOfOrder, CounterKind::kGauge, "",
     "events after the cursor of the subscription that is the furthest behind; the acknowledgements themselves are a few "
     "of them. If it grows, a subscriber is dead or too slow: `pygmy subscriptions` names it"},
    {"subscriptions_dropped", kOfOrder, CounterKind::kCounter, "",
     "subscriptions that the writer ended because nobody acknowledged them in time"},
    {"levels_told", kOfOrder, CounterKind::kCounter, "",
     "events stock_low and stock_ok that the writer put into the stream"},
    {"writer_resumed", kOfOrder, CounterKind::kCounter, "",
     "the writer continued in its epoch, because the next appointment was lost with the broker"},
    {"writer_busy", kOfOrder, CounterKind::kCounter, "",
     "commands refused with `busy` because too many events wait for the journal"},
    {"not_writer", kOfFrontend | kOfOrder, CounterKind::kCounter, "",
     "commands that came to a replica that is not the writer; bursts are normal at fail-overs"},
    {"appended", kOfOrder, CounterKind::kCounter, "",
     "appends that the writer sent to the broker"},
    {"resent", kOfOrder, CounterKind::kCounter, "",
     "appends that the writer sent again"},
    {"broker_refused", kOfOrder, CounterKind::kCounter, "",
     "appends that the broker refused; `fenced` is normal after a fail-over"},
    {"blocks", kOfBroker, CounterKind::kCounter, "",
     "blocks that were committed"},
    {"events", kOfBroker, CounterKind::kCounter, "",
     "events that were committed"},
    {"commit_us", kOfBroker, CounterKind::kCounter, "",
     "total time of the commits. If the mean, `commit_us` / `blocks`, rises, the disk is slow"},
    {"queue_bytes", kOfBroker, CounterKind::kGauge, "",
     "bytes of accepted events that wait for the journal"},
    {"appends", kOfBroker, CounterKind::kCounter, "",
     "appends that were accepted"},
    {"repeats", kOfBroker, CounterKind::kCounter, "",
     "appends that came twice; bursts are normal at fail-overs"},
    {"checkpoints_failed", kOfReplicas | kOfBroker, CounterKind::kCounter, "",
     "how often the write-ahead log could not be moved into the database. If it rises, the disk is full or "
     "fails"},
    {"scrub_passes", kOfBroker, CounterKind::kCounter, "",
     "how often the broker has read and checked all blocks of its journal or archive"},
    {"scrub_bytes", kOfBroker, CounterKind::kCounter, "",
     "bytes that it has read for that, at 1 MiB a second"},
    {"grants", kOfBroker, CounterKind::kCounter, "",
     "leases granted"},
    {"appointments", kOfBroker, CounterKind::kCounter, "",
     "writers appointed"},
    {"resigns", kOfBroker, CounterKind::kCounter, "",
     "writers that gave up their epoch when they stopped"},
    {"resigns_ignored", kOfBroker, CounterKind::kCounter, "",
     "requests to resign from a replica that is not the writer, while a writer is being appointed, or while nothing "
     "may be written to the journal"},
    {"replays", kOfBroker, CounterKind::kCounter, "",
     "replays served. If it rises all the time, a follower on a slow link loses publications"},
    {"replayed_blocks", kOfBroker, CounterKind::kCounter, "",
     "blocks in these replays"},
    {"replays_from_journal", kOfBroker, CounterKind::kCounter, "",
     "replays that had to read the journal, because memory does not hold these blocks any more"},
    {"heartbeats", kOfBroker, CounterKind::kCounter, "",
     "heartbeats of processes of this store"},
    {"malformed_heartbeats", kOfBroker, CounterKind::kCounter, "",
     "heartbeats that could not be read"},
    {"foreign_heartbeats", kOfBroker, CounterKind::kCounter, "",
     "heartbeats of processes of another store"},
    {"heartbeats_beyond_stream", kOfBroker, CounterKind::kCounter, "",
     "ignored heartbeats of processes that claim to have applied more than the stream has"},
    {"heartbeats_forged", kOfBroker, CounterKind::kCounter, "",
     "ignored heartbeats and announcements in the name of another process, or of another role, than the sender's key "
     "has. Revoke that key"},
    {"heartbeats_of_namesakes", kOfBroker, CounterKind::kCounter, "",
     "ignored heartbeats under a name that another process has. A few are normal after a restart, when "
     "heartbeats of the old process still arrive. If the counter keeps rising, two processes run under one "
     "name"},
    {"heartbeats_without_room", kOfBroker, CounterKind::kCounter, "",
     "heartbeats of instances beyond the 1024 that the broker keeps: foreign processes send heartbeats here"},
    {"announcements", kOfBroker, CounterKind::kCounter, "",
     "announcements of other brokers, which this broker has published"},
    {"asked_too_early", kOfBroker, CounterKind::kCounter, "",
     "replay and trim requests that a standby refused because it had not yet compared its archive with the "
     "stream in etcd"},
    {"not_leading", kOfBroker, CounterKind::kCounter, "",
     "requests for the leader that came to a standby, from processes that had not yet heard of the new leader"},
    {"replays_beyond_archive", kOfBroker, CounterKind::kCounter, "",
     "replay requests to a standby from processes that have applied more than its archive has. It does not "
     "answer; they ask the leader next"},
    {"unknown_topics", kOfBroker, CounterKind::kCounter, "",
     "publications under a topic that no process of Pygmy uses; dropped"},
    {"unexpected_replies", kOfBroker, CounterKind::kCounter, "",
     "replies to this broker, which asks nobody; dropped"},
    {"acks_of_strangers", kOfBroker, CounterKind::kCounter, "",
     "ignored acknowledgements of frontends that are not recorded as holders"},
    {"acks_beyond_stream", kOfBroker, CounterKind::kCounter, "",
     "ignored acknowledgements of a seq that the stream does not have; should stay 0"},
    {"publications_malformed", kOfLoop, CounterKind::kCounter, "",
     "publications that the loop could not read; dropped"},
    {"replies_malformed", kOfLoop, CounterKind::kCounter, "",
     "replies that the loop could not read; dropped"},
    {"replies_dropped", kOfLoop, CounterKind::kCounter, "",
     "replies that a peer did not accept; its resends recover them"},
    {"sends_dropped", kOfLoop, CounterKind::kCounter, "",
     "requests that a peer did not accept; resends recover them"},
    {"publications_dropped", kOfLoop, CounterKind::kCounter, "",
     "publications that could not be sent; replays recover them"},
    {"frames_refused", kOfLoop, CounterKind::kCounter, "",
     "frames whose requests were refused with `busy` before they were read: their sender has 4 MiB waiting, or "
     "all senders together have 64 MiB"},
    {"frames_revoked", kOfLoop, CounterKind::kCounter, "",
     "frames that were dropped because the key of their sender was revoked; its connection was cut"},
    {"handshakes_refused", kOfLoop, CounterKind::kCounter, "",
     "connections that ended before they had proved a key that may connect here: strangers, keys that were revoked, and "
     "processes that stopped while they connected"},
    {"connections_refused", kOfLoop, CounterKind::kCounter, "",
     "connections that were closed because their address had as many as it may have: 1024, or `--client-connections` at "
     "a frontend"},
    {"backlog_bytes", kOfLoop, CounterKind::kGauge, "",
     "bytes of requests that the process has not read yet"},
    {"unread_bytes", kOfLoop, CounterKind::kGauge, "",
     "bytes of answers that clients have not read yet"},
    {"subscribers_cut_off", kOfLoop, CounterKind::kCounter, "",
     "subscribers that were disconnected because they asked for more than a topic, which only strangers do"},
});
// clang-format on

}  // namespace base
