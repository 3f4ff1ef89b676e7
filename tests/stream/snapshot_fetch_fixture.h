// The common part of the tests of SnapshotFetch: a scripted broker, scripted peers, and a scripted sink.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "msg/sha256.h"
#include "stream/snapshot_fetch.h"
#include "tests/support/blocks.h"

namespace stream {

using Outcome = SnapshotFetch::Outcome;
using support::at;
constexpr std::uint64_t kPart = msg::kSnapshotBytesMax;

struct MemorySink : SnapshotSink {
  std::optional<BegunSnapshot> begun() override { return left; }
  void begin(const msg::SnapshotReply& what) override {
    began.push_back(what.id);
    bytes.clear();
  }
  void append(base::BytesView more) override { bytes += more; }
  bool whole(const msg::SnapshotReply& what) override { return msg::sha256(bytes) == what.sha256.bytes; }
  void discard() override { bytes.clear(); }

  std::optional<BegunSnapshot> left;  // by an earlier process
  std::vector<std::string> began;
  std::string bytes;
};

// A whole snapshot that a peer has.
struct Copy {
  msg::SnapshotReply what;
  std::string bytes;

  static Copy of(const std::string& maker, std::size_t size, std::uint64_t seq = 900) {
    Copy copy;
    for (std::size_t i = 0; i < size; ++i) copy.bytes += static_cast<char>((i * 7 + i / 1000) & 0xff);
    copy.what = {"id of " + maker, maker, "store-a", 3, base::Seq(seq), size, {msg::sha256(copy.bytes)}, 0, {}};
    return copy;
  }
  msg::SnapshotReply part(std::uint64_t offset) const {
    auto reply = what;
    reply.offset = offset;
    reply.bytes.bytes = bytes.substr(offset, kPart);
    return reply;
  }
};

class SnapshotFetchTest : public testing::Test {
 protected:
  // A stream that ends with seq 1000, and a peer that has applied nearly all of it.
  void hear_leader(std::uint64_t commit = 1000) { hear_leader(commit, {}); }
  void hear_leader(std::uint64_t commit, std::vector<std::string> diverged) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.store = "store-a";
    beat.leader = msg::Leadership{.term = base::Term(1), .commit = base::Seq(commit), .diverged = std::move(diverged)};
    hear(beat);
  }
  void hear_trimmed_leader(std::uint64_t begins, std::uint64_t commit = 1000) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.store = "store-a";
    beat.leader = msg::Leadership{.term = base::Term(1), .commit = base::Seq(commit), .begins = base::Seq(begins)};
    hear(beat);
  }
  void hear_peer(const std::string& instance, std::uint64_t applied = 990, std::uint64_t incarnation = 1,
                 msg::State state = msg::State::kLive) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kCatalog;
    beat.instance = instance;
    beat.incarnation = base::Incarnation(incarnation);
    beat.store = "store-a";
    beat.tcp = "tcp://" + instance;
    beat.state = state;
    beat.applied = base::Seq(applied);
    hear(beat);
  }
  void hear(const msg::Heartbeat& beat) { core().on_published("H", msg::encoded(beat), {at(ms), out}); }

  void tick(int by = 10) {
    ms += by;
    core().on_tick({at(ms), out});
    core().on_settled({at(ms), out});
  }

  struct Asked {
    std::string peer;
    std::uint64_t header_id;
    std::string id;
    std::uint64_t offset;
    std::optional<std::string> useless;
  };
  // The requests since the last call.
  std::vector<Asked> asked() {
    std::vector<Asked> all;
    for (const auto& [to, frames] : out.sends()) {
      for (const auto& message : support::messages(frames)) {
        const auto what = msg::decode<msg::Snapshot>(message.body).value();
        EXPECT_EQ(what.bytes, kPart);
        all.push_back({to, message.header.id, what.id, what.offset, what.useless});
      }
    }
    out.clear();
    return all;
  }
  std::vector<std::uint64_t> offsets() {
    std::vector<std::uint64_t> all;
    for (const auto& each : asked()) all.push_back(each.offset);
    return all;
  }

  void tell(const Asked& to, const msg::SnapshotReply& reply) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(to.header_id, {}), reply);
    tell_frame(to, frame);
  }
  void tell_refusal(const Asked& to, msg::Code code) {
    base::Bytes frame;
    msg::append_refusal(frame, to.header_id, {}, {.code = code, .message = "no"});
    tell_frame(to, frame);
  }
  void tell_frame(const Asked& to, const base::Bytes& frame) {
    core().on_reply(to.peer, frame, {at(ms), out});
    core().on_settled({at(ms), out});
  }
  // Answers as a peer that has `copy`.
  void answer(const Asked& to, const Copy& copy) { tell(to, to.id == copy.what.id ? copy.part(to.offset) : copy.what); }
  void answer_all(const Copy& copy) {
    for (auto round = asked(); !round.empty(); round = asked()) {
      for (const auto& each : round) answer(each, copy);
    }
  }

  // Runs until the first request.
  Asked begin(const std::string& peer = "catalog-2") {
    hear_leader();
    hear_peer(peer);
    tick();
    const auto first = asked();
    EXPECT_EQ(first.size(), 1U);
    return first.empty() ? Asked{} : first[0];
  }
  // Runs until the first parts are asked for.
  std::vector<Asked> begin_parts(const Copy& copy) {
    answer(begin(), copy);
    return asked();
  }

  bool stopped() const { return out.stopped().has_value(); }
  Outcome outcome() { return core().outcome(); }

  void restart() { core_.reset(); }
  SnapshotFetch& core() {
    if (!core_) {
      core_.emplace(FetchConfig{.identity = {.instance = "catalog-1", .host = "here", .tcp = "tcp://me"},
                                .format = 3,
                                .oldest_format = 2,
                                .behind = 100,
                                .brokers = {"tcp://broker-1"}},
                    position, sink);
    }
    return *core_;
  }

  MemorySink sink;
  Position position;
  base::Outbox out;
  int ms = 0;

 private:
  std::optional<SnapshotFetch> core_;
};

}  // namespace stream
