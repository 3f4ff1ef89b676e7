// Drives a broker core with frames, as its peers would, in the test's own time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker/core.h"
#include "msg/events.h"
#include "tests/broker/memory_journal.h"

namespace broker {

using base::Epoch;
using base::Incarnation;
using base::ProducerNo;
using base::Seq;
using std::chrono::milliseconds;

// An event as a writer may send it.
inline std::string voided(const std::string& key, std::int64_t at = 0) {
  msg::Event event;
  event.at = at;
  event.what = msg::KeyVoided{key};
  return msg::encoded(event);
}

// An event of about so many bytes.
inline std::string sized(std::size_t bytes, std::int64_t at = 0) {
  constexpr std::size_t kItemBytes = 440;  // with the names of its fields
  if (bytes <= msg::kKeyBytesMax) return voided(std::string(bytes, 'k'), at);
  msg::ItemsAdded added{"k", 1, {}, {}};
  for (std::size_t i = 1; i <= bytes / kItemBytes; ++i) {
    added.items.push_back({base::ItemId(i), std::string(msg::kTitleBytesMax, 't'), "t", {}, {}});
  }
  return msg::encoded(msg::Event{at, added});
}

inline msg::Append append_of(Epoch epoch, std::uint64_t producer, std::uint32_t events = 1, std::size_t bytes = 10,
                             std::int64_t at = 0) {
  msg::Append append{epoch, ProducerNo(producer), events, at, {}};
  for (std::uint32_t i = 0; i < events; ++i) append.events.bytes += sized(bytes, at);
  return append;
}

// A heartbeat of a live order replica, unless changed.
struct Beat {
  std::string instance = "order-1";
  std::uint64_t incarnation = 1;
  std::uint64_t applied = 1;
  msg::Role role = msg::Role::kOrder;
  msg::State state = msg::State::kLive;
  std::string store = "store-a";
  std::optional<msg::DigestAt> digest;
  std::optional<msg::DigestAt> round_digest;
  std::optional<Seq> durable;
  std::optional<std::string> diverged;
  std::optional<std::int64_t> at;
  std::string host;
  std::uint64_t pid = 0;

  msg::Heartbeat heartbeat() const {
    msg::Heartbeat beat;
    beat.role = role;
    beat.instance = instance;
    beat.incarnation = Incarnation(incarnation);
    beat.store = store;
    beat.state = state;
    beat.applied = Seq(applied);
    beat.digest = digest;
    beat.round_digest = round_digest;
    beat.durable = durable;
    beat.diverged = diverged;
    beat.at = at;
    beat.host = host;
    beat.pid = pid;
    return beat;
  }
};

struct Reply {
  std::string to;
  msg::Header header;
  base::Bytes body;

  std::string err() const { return header.err.value_or(""); }
  template <class Body>
  Body as() const {
    return msg::decode<Body>(body).value();
  }
};

class Driver {
 public:
  Driver() { open(); }

  // --- the process ---
  void open() { core = std::make_unique<Core>(config, journal, now); }
  void reopen() {
    journal.reopened();
    replies.clear();
    published.clear();
    stopped.reset();
    open();
  }
  // A stream with a writer: seq 1 creates the store, seq 2 appoints order-1.
  void with_writer() {
    tick();
    commit();
    beat({});
    tick();
    commit();
    ASSERT_EQ(control().writer, "order-1");
  }
  const msg::Control& control() { return tail_ = journal.tail(), tail_.control; }
  Epoch epoch() { return control().epoch; }

  // --- time ---
  void tick() {
    told([&](base::Outbox& out) { core->on_tick({now, out}); });
  }
  void pass(int ms) {
    for (int i = 0; i < ms; i += 10) {
      now.mono += milliseconds(10);
      now.wall += 10;
      tick();
    }
  }
  // Time passes while the process does not run.
  void freeze(int ms) { now.mono += milliseconds(ms); }

  // --- frames ---
  void frame(const std::string& bytes, const std::string& from = "peer") {
    told([&](base::Outbox& out) { core->on_request({from}, bytes, {now, out, sender}); });
  }
  template <class Request>
  void ask(const Request& request, const std::string& from = "peer") {
    std::string bytes;
    msg::Header header;
    header.id = ++last_id;
    msg::append_request(bytes, header, request);
    frame(bytes, from);
  }
  void lease(const std::string& holder, std::uint64_t applied, std::uint64_t incarnation = 1) {
    ask(msg::LeaseRequest{holder, Incarnation(incarnation), Seq(applied), {}}, holder);
  }
  void ack(const std::string& holder, std::uint64_t applied, std::uint64_t incarnation = 1) {
    ask(msg::Ack{holder, Incarnation(incarnation), Seq(applied)}, holder);
  }
  void publish(const std::string& topic, const std::string& payload) {
    told([&](base::Outbox& out) { core->on_published(topic, payload, {now, out, sender}); });
  }
  void beat(const Beat& beat) { publish("H", msg::encoded(beat.heartbeat())); }
  void stop() {
    told([&](base::Outbox& out) { core->on_stop({now, out}); });
  }

  // --- the journal ---
  void commit() {
    const auto no = journal.make_durable();
    told([&](base::Outbox& out) { core->on_committed(no, {now, out}); });
  }
  void commit_all() {
    while (journal.in_flight()) commit();
  }
  // Makes the stream longer by one committed append.
  void write(std::uint64_t producer, std::uint32_t events = 1, std::size_t bytes = 10) {
    ask(append_of(epoch(), producer, events, bytes));
    commit_all();
  }

  // --- effects ---
  Reply reply() {
    EXPECT_FALSE(replies.empty()) << "there is no reply";
    if (replies.empty()) return {};
    auto last = replies.back();
    replies.clear();
    return last;
  }
  std::vector<base::Bytes> topic(const std::string& name) const {
    std::vector<base::Bytes> found;
    for (const auto& each : published) {
      if (each.topic == name) found.push_back(each.payload);
    }
    return found;
  }
  // The broker's own last heartbeat.
  msg::Heartbeat heartbeat() {
    published.clear();
    pass(60);
    for (const auto& payload : topic("H")) {
      auto beat = msg::decode<msg::Heartbeat>(payload).value();
      if (beat.role == msg::Role::kBroker) return beat;
    }
    ADD_FAILURE() << "no heartbeat";
    return {};
  }
  std::uint64_t counter(const std::string& name) {
    for (const auto& each : heartbeat().counters) {
      if (each.name == name) return each.value;
    }
    return 0;
  }

  static Config configured() {
    Config config;
    config.new_store = "store-a";
    config.pace.counters = {};  // in every heartbeat
    return config;
  }

  Config config = configured();
  MemoryJournal journal;
  base::Now now{base::Mono(std::chrono::hours(1)), 1'000'000};
  std::unique_ptr<Core> core;
  std::vector<Reply> replies;
  std::vector<base::Publication> published;
  std::optional<std::string> stopped;
  std::uint64_t last_id = 0;
  const base::Sender* sender = nullptr;  // of the frames and publications; null: a store without keys

 private:
  template <class Step>
  void told(Step step) {
    base::Outbox out;
    step(out);
    core->on_settled({now, out});
    for (const auto& [to, frames] : out.replies()) {
      for (const auto& bytes : frames) {
        for (msg::FrameReader reader(bytes); !reader.done();) {
          const auto message = reader.next().value();
          replies.push_back({to.routing, message.header, base::Bytes(message.body)});
        }
      }
    }
    for (auto& each : out.publications()) published.push_back(std::move(each));
    if (out.stopped()) stopped = out.stopped();
  }

  Tail tail_;
};

}  // namespace broker
