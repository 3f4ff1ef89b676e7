// The messages between the store's processes, PROTOCOL 8. Requests go to the broker's ROUTER; Heartbeat and Mark are
// published.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "msg/credentials.h"
#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

// Writer to broker. Only a refusal is answered; the writer learns of the commit from the stream. `events` are whole
// events one after another.
struct Append {
  static constexpr std::string_view kType = "append";
  static constexpr auto kFrom = kByOrders;
  base::Epoch epoch;
  base::ProducerNo producer;  // 1 for the first append of an epoch, then one more each
  std::uint32_t count = 0;
  std::int64_t at = 0;  // of its last event
  Blob events;
  static constexpr auto fields() {
    return std::tuple(field("epoch", &Append::epoch), field("producer", &Append::producer),
                      field("count", &Append::count), field("at", &Append::at), field("events", &Append::events));
  }
};

// The first seq that a broker keeps, after events before it were trimmed.
struct Trimmed {
  Seq begins;
  std::string store;  // the event that names it may be trimmed
  static constexpr auto fields() {
    return std::tuple(field("begins", &Trimmed::begins), field("store", &Trimmed::store));
  }
  friend bool operator==(const Trimmed&, const Trimmed&) = default;
};

// Follower to broker: asks for the blocks that hold `from` to `to` (missing: the end), in order, about `bytes` at most.
struct ReplayReply {
  std::vector<Blob> blocks;
  Seq commit;                      // the commit seq at the time of the answer
  std::optional<Trimmed> trimmed;  // set if `from` was trimmed: the blocks begin at `begins`
  static constexpr auto fields() {
    return std::tuple(field("blocks", &ReplayReply::blocks), field("commit", &ReplayReply::commit),
                      field("trimmed", &ReplayReply::trimmed));
  }
};
struct Replay {
  static constexpr std::string_view kType = "replay";
  static constexpr auto kFrom = kByMembersAndOperators;
  using Reply = ReplayReply;
  Seq from;
  std::optional<Seq> to;
  std::uint32_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple(field("from", &Replay::from), field("to", &Replay::to), field("bytes", &Replay::bytes));
  }
};

// Edge to broker, with every heartbeat (DESIGN 5.1, 5.2). `applied` is also an acknowledgement.
struct LeaseReply {
  base::Term term;
  Seq commit;                  // under this grant the edge answers nothing before applied >= commit
  std::uint32_t lease_ms = 0;  // the edge counts it from the moment it sent the request, minus the drift margin
  static constexpr auto fields() {
    return std::tuple(field("term", &LeaseReply::term), field("commit", &LeaseReply::commit),
                      field("lease_ms", &LeaseReply::lease_ms));
  }
};
struct LeaseRequest {
  static constexpr std::string_view kType = "lease";
  static constexpr auto kFrom = kByEdges;
  using Reply = LeaseReply;
  std::string holder;
  base::Incarnation incarnation;
  Seq applied;
  // Gives the lease up: from here on this edge answers nothing; the broker does not answer this.
  std::optional<bool> release;
  static constexpr auto fields() {
    return std::tuple(field("holder", &LeaseRequest::holder), field("incarnation", &LeaseRequest::incarnation),
                      field("applied", &LeaseRequest::applied), field("release", &LeaseRequest::release));
  }
};

// Edge to broker, cumulative, not answered.
struct Ack {
  static constexpr std::string_view kType = "ack";
  static constexpr auto kFrom = kByEdges;
  std::string holder;
  base::Incarnation incarnation;
  Seq applied;
  static constexpr auto fields() {
    return std::tuple(field("holder", &Ack::holder), field("incarnation", &Ack::incarnation),
                      field("applied", &Ack::applied));
  }
};

// Writer to broker on SIGTERM, when none of its events is pending: appoint another writer. Not answered.
struct Resign {
  static constexpr std::string_view kType = "resign";
  static constexpr auto kFrom = kByOrders;
  std::string replica;
  base::Epoch epoch;
  static constexpr auto fields() {
    return std::tuple(field("replica", &Resign::replica), field("epoch", &Resign::epoch));
  }
};

// An operator's tool to a broker: keep the block that holds `before` and the blocks after it, and drop the others.
struct TrimReply {
  Seq begins;  // the first seq that is kept or, with `dry`, would be kept
  static constexpr auto fields() { return std::tuple(field("begins", &TrimReply::begins)); }
};
struct Trim {
  static constexpr std::string_view kType = "trim";
  static constexpr auto kFrom = kByOperators;
  using Reply = TrimReply;
  std::optional<std::string> store;  // the store that is meant
  Seq before;
  std::optional<bool> dry;  // only say whether it is possible
  static constexpr auto fields() {
    return std::tuple(field("store", &Trim::store), field("before", &Trim::before), field("dry", &Trim::dry));
  }
};

// Broker to the other brokers that it knows, with every heartbeat: says that it is there. They publish it, so every
// process learns of a broker that was started later. It has no `leader` and is not on the topic of heartbeats, because
// a broker's own heartbeats tell what it does. Not answered.
struct Announce {
  static constexpr std::string_view kType = "announce";
  static constexpr auto kFrom = kByBrokers;
  Blob beat;  // a Heartbeat
  static constexpr auto fields() { return std::tuple(field("beat", &Announce::beat)); }
};

// The leading broker's knowledge of the stream's control events. The journal keeps it beside the block that changed it,
// so that a restart need not read the whole stream.
struct Holder {
  std::string holder;
  base::Incarnation incarnation;
  static constexpr auto fields() {
    return std::tuple(field("holder", &Holder::holder), field("incarnation", &Holder::incarnation));
  }
  friend auto operator<=>(const Holder&, const Holder&) = default;
};
struct Control {
  std::string store;
  base::Epoch epoch;
  std::string writer;  // empty: none yet
  base::Incarnation writer_incarnation;
  std::vector<Holder> holders;
  // The longest lease that was ever granted here; a new leader with a shorter one waits this long.
  std::uint32_t lease_ms = 0;
  std::optional<Currency> currency;  // of the store
  static constexpr auto fields() {
    return std::tuple(field("store", &Control::store), field("epoch", &Control::epoch),
                      field("writer", &Control::writer), field("writer_incarnation", &Control::writer_incarnation),
                      field("holders", &Control::holders), field("lease_ms", &Control::lease_ms),
                      field("currency", &Control::currency));
  }
};

// Where the time of a block in the broker went, for `trace`: a part of the Mark behind the block. A Mark is the
// watermark. It is published when it moves, and behind every block (DESIGN 5.3).
struct BlockTimes {
  std::uint64_t queue = 0;  // us from the arrival of its oldest event until its commit began
  std::uint64_t flush = 0;  // us until it was durable
  std::uint64_t sent = 0;   // when it was published, in ns of the broker's CLOCK_BOOTTIME
  static constexpr auto fields() {
    return std::tuple(field("queue", &BlockTimes::queue), field("flush", &BlockTimes::flush),
                      field("sent", &BlockTimes::sent));
  }
  friend bool operator==(const BlockTimes&, const BlockTimes&) = default;
};

struct Mark {
  base::Term term;
  Seq mark;
  Seq commit;
  std::optional<BlockTimes> times;  // of the block that this Mark follows
  static constexpr auto fields() {
    return std::tuple(field("term", &Mark::term), field("mark", &Mark::mark), field("commit", &Mark::commit),
                      field("times", &Mark::times));
  }
  friend bool operator==(const Mark&, const Mark&) = default;
};

enum class Role : std::uint8_t { kBroker, kCatalog, kOrder, kFrontend };
template <>
struct Words<Role> {
  static constexpr std::string_view of(Role value) {
    switch (value) {
      case Role::kBroker:
        return "broker";
      case Role::kCatalog:
        return "catalog";
      case Role::kOrder:
        return "order";
      case Role::kFrontend:
        return "frontend";
    }
    return {};
  }
};

// kCatchingUp: applies a backlog. kLive: level with the stream, answers. kDraining: finishes its requests and takes no
// new ones.
enum class State : std::uint8_t { kStarting, kCatchingUp, kLive, kDraining };
template <>
struct Words<State> {
  static constexpr std::string_view of(State value) {
    switch (value) {
      case State::kStarting:
        return "starting";
      case State::kCatchingUp:
        return "catching_up";
      case State::kLive:
        return "live";
      case State::kDraining:
        return "draining";
    }
    return {};
  }
};

// A digest of a view at a seq: views at equal seqs must have equal digests (G5). Each part is the sum of the digests of
// its rows. Catalog and order views both have `items`. `orders` covers all other rows of an order view except
// the movements; it is 0 for a catalog view.
struct DigestAt {
  Seq seq;
  std::uint64_t items = 0;
  std::uint64_t orders = 0;
  static constexpr auto fields() {
    return std::tuple(field("seq", &DigestAt::seq), field("items", &DigestAt::items),
                      field("orders", &DigestAt::orders));
  }
  friend bool operator==(const DigestAt&, const DigestAt&) = default;
};

struct Counter {
  std::string name;
  std::uint64_t value = 0;
  static constexpr auto fields() { return std::tuple(field("name", &Counter::name), field("value", &Counter::value)); }
};

// One life of a process, from its start to its end.
struct Life {
  std::string instance;
  base::Incarnation incarnation;
  static constexpr auto fields() {
    return std::tuple(field("instance", &Life::instance), field("incarnation", &Life::incarnation));
  }
  friend bool operator==(const Life&, const Life&) = default;
};

// The time that a frontend took for the requests of one kind, since it started. Readers ignore a kind that they do not
// know.
struct Latency {
  std::string kind;  // a word of RequestKind
  std::uint64_t sum_us = 0;
  std::vector<std::uint64_t> counts;  // by the buckets of base/latency.h
  static constexpr auto fields() {
    return std::tuple(field("kind", &Latency::kind), field("sum_us", &Latency::sum_us),
                      field("counts", &Latency::counts));
  }
};
enum class RequestKind : std::uint8_t { kRead, kChange };
template <>
struct Words<RequestKind> {
  static constexpr std::string_view of(RequestKind value) {
    switch (value) {
      case RequestKind::kRead:
        return "read";
      case RequestKind::kChange:
        return "change";
    }
    return {};
  }
};

// A process that is silent, as a frontend tells the others of it.
struct Silent {
  Blob beat;  // a Heartbeat with little more than the names
  std::uint64_t age_ms = 0;
  static constexpr auto fields() { return std::tuple(field("beat", &Silent::beat), field("age_ms", &Silent::age_ms)); }
};

// The part of a heartbeat that only the leading broker sends.
struct Leadership {
  base::Term term;
  Seq commit;
  Seq mark;
  base::Epoch epoch;                  // 0: no writer
  std::string writer;                 // instance, empty: none
  base::ProducerNo producer;          // the last one that was committed in this epoch
  std::uint32_t holders = 0;          // edges whose lease may still run
  std::vector<std::string> diverged;  // instances whose digest differed; they stay in the list until they are rebuilt
  std::optional<Seq> begins;          // the first seq that it keeps; missing: it keeps the whole stream
  std::optional<std::vector<Life>> guilty;  // those of `diverged` that must make their views anew
  std::optional<Currency> currency;         // of the store
  static constexpr auto fields() {
    return std::tuple(field("term", &Leadership::term), field("commit", &Leadership::commit),
                      field("mark", &Leadership::mark), field("epoch", &Leadership::epoch),
                      field("writer", &Leadership::writer), field("producer", &Leadership::producer),
                      field("holders", &Leadership::holders), field("diverged", &Leadership::diverged),
                      field("begins", &Leadership::begins), field("guilty", &Leadership::guilty),
                      field("currency", &Leadership::currency));
  }
};

// Each process publishes one every 50 ms to the brokers, which relay it.
struct Heartbeat {
  Role role = Role::kCatalog;
  std::string instance;
  base::Incarnation incarnation;
  std::string store;               // the stream that it follows; empty while it does not know
  std::string host;                // id of the host; peers on the same host may use `ipc`
  std::string tcp;                 // endpoint for requests
  std::optional<std::string> ipc;  // the same endpoint, for peers on the same host
  std::uint64_t pid = 0;
  State state = State::kStarting;
  Seq applied;
  std::optional<std::int64_t> at;        // its credible time (base/credible_time.h), milliseconds since 1970
  std::optional<Seq> durable;            // of a view: the last event that a power cut cannot undo
  std::optional<DigestAt> digest;        // at `applied`
  std::optional<DigestAt> round_digest;  // at the last multiple of kDigestEvery
  std::optional<std::string> diverged;   // of a view whose rows do not agree with their digest: the first fault
  std::optional<std::vector<std::string>> trouble;  // each line says what an operator must look at
  std::optional<Leadership> leader;
  std::vector<Counter> counters;                // told once a second (msg/beats.h); empty otherwise
  std::optional<std::vector<Latency>> latency;  // of a frontend, together with the counters
  std::optional<Silent> silent;                 // of a frontend: one silent process after the other
  std::optional<std::vector<Life>> forgotten;   // of a frontend: processes that an operator had forgotten through it
  std::optional<std::string> release;           // of the program, for people: its version and commit
  static constexpr auto fields() {
    return std::tuple(field("role", &Heartbeat::role), field("instance", &Heartbeat::instance),
                      field("incarnation", &Heartbeat::incarnation), field("store", &Heartbeat::store),
                      field("host", &Heartbeat::host), field("tcp", &Heartbeat::tcp), field("ipc", &Heartbeat::ipc),
                      field("pid", &Heartbeat::pid), field("state", &Heartbeat::state),
                      field("applied", &Heartbeat::applied), field("at", &Heartbeat::at),
                      field("durable", &Heartbeat::durable), field("digest", &Heartbeat::digest),
                      field("round_digest", &Heartbeat::round_digest), field("diverged", &Heartbeat::diverged),
                      field("trouble", &Heartbeat::trouble), field("leader", &Heartbeat::leader),
                      field("counters", &Heartbeat::counters), field("latency", &Heartbeat::latency),
                      field("silent", &Heartbeat::silent), field("forgotten", &Heartbeat::forgotten),
                      field("release", &Heartbeat::release));
  }
};
constexpr std::uint64_t kDigestEvery = 256;  // seqs between two round digests

// Topics of the broker's PUB (PROTOCOL 6).
constexpr std::string_view kBlockTopic = "B";      // a block, then a Mark
constexpr std::string_view kMarkTopic = "M";       // a Mark
constexpr std::string_view kHeartbeatTopic = "H";  // a Heartbeat
constexpr std::size_t kHeartbeatBytesMax = 64 * 1024;
constexpr std::size_t kReleaseBytesMax = 64;      // a reader ignores a longer one
constexpr std::string_view kAnnounceTopic = "A";  // the Heartbeat of another broker, as it was announced

// The answer of an edge to `status`, from the heartbeats that it hears: the last of each instance, and its age.
struct Seen {
  Heartbeat beat;
  std::uint64_t age_ms = 0;
  static constexpr auto fields() { return std::tuple(field("beat", &Seen::beat), field("age_ms", &Seen::age_ms)); }
};
struct StatusReply {
  std::string edge;  // which frontend answers
  bool leased = false;
  std::uint64_t lease_left_ms = 0;
  Seq applied;
  Seq mark;
  std::string writer;  // the writer that the stream or the leader named last; empty: none
  base::Epoch epoch;
  std::vector<Seen> processes;
  std::optional<std::vector<Life>> forgotten;  // in the last minute
  static constexpr auto fields() {
    return std::tuple(field("edge", &StatusReply::edge), field("leased", &StatusReply::leased),
                      field("lease_left_ms", &StatusReply::lease_left_ms), field("applied", &StatusReply::applied),
                      field("mark", &StatusReply::mark), field("writer", &StatusReply::writer),
                      field("epoch", &StatusReply::epoch), field("processes", &StatusReply::processes),
                      field("forgotten", &StatusReply::forgotten));
  }
};
struct Status {
  static constexpr std::string_view kType = "status";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = StatusReply;
  static constexpr auto fields() { return std::tuple(); }
};

// Client to frontend: how to read the store's prices. `status` tells it, too, but much else, so it is not for
// everybody.
struct StoreReply {
  std::string store;
  std::optional<Currency> currency;
  static constexpr auto fields() {
    return std::tuple(field("store", &StoreReply::store), field("currency", &StoreReply::currency));
  }
};
struct DescribeStore {
  static constexpr std::string_view kType = "store";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = StoreReply;
  static constexpr auto fields() { return std::tuple(); }
};

// Client to frontend: removes a silent process from the status of all frontends.
struct ForgetReply {
  Life forgotten;
  static constexpr auto fields() { return std::tuple(field("forgotten", &ForgetReply::forgotten)); }
};
struct Forget {
  static constexpr std::string_view kType = "forget";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForOperators;
  using Reply = ForgetReply;
  std::string instance;
  static constexpr auto fields() { return std::tuple(field("instance", &Forget::instance)); }
};

}  // namespace msg
