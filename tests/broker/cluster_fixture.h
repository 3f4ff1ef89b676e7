// One broker of several, for its tests, with an archive and a journal in lists.
#pragma once

#include "broker/cluster_core.h"
#include "msg/envelope.h"
#include "tests/broker/driver.h"
#include "tests/support/blocks.h"

namespace broker {

using base::BlockNo;

class ListArchive final : public Archive {
 public:
  Tail tail() const override { return opened_with; }
  void append(BlockNo no, Seq first, Seq last, base::Bytes bytes) override {
    rows.push_back({no, first, last, std::move(bytes), {}});
  }
  base::Result<std::vector<base::Bytes>> read(Seq from, Seq to, std::size_t) override {
    if (unreadable) return base::fail("the disk says no");
    std::vector<base::Bytes> found;
    for (const auto& row : rows) {
      if (row.last >= from && row.first <= to) found.push_back(row.bytes);
    }
    return found;
  }
  void keep_store(const std::string& store) override { kept = store; }
  void trim(Seq begins) override {
    while (!rows.empty() && rows.front().last < begins) rows.erase(rows.begin());
  }
  Tail opened_with;
  std::vector<Commit> rows;
  std::string kept;
  bool unreadable = false;
};

class ListJournal final : public SharedJournal {
 public:
  void take_over(BlockNo held) override { wishes.push_back(held.value()); }
  void commit(Commit block) override { in_flight = std::move(block); }
  base::Mono proved() const override { return proved_at; }
  void joined() override { ++joins; }
  void tell_again(BlockNo held) override { told_again.push_back(held.value()); }
  void tick() override { ++ticks; }
  std::vector<std::uint64_t> wishes;
  std::optional<Commit> in_flight;
  base::Mono proved_at{};
  int joins = 0;
  int ticks = 0;
  std::vector<std::uint64_t> told_again;
};

class ClusterCoreTest : public testing::Test {
 protected:
  ClusterCoreTest() {
    base::log::start(base::log::Level::kOff, "test");
    open();
  }
  void open() {
    ClusterConfig config;
    config.broker.identity.instance = "broker-2";
    config.broker.identity.tcp = "tcp://broker-2";
    config.broker.new_store = "store-a";
    config.broker.pace.counters = {};  // in every heartbeat
    config.peers = {"tcp://broker-1"};
    core = std::make_unique<ClusterCore>(config, archive, journal, now);
  }
  // Block `no` of a chain; the first block names the store.
  base::Bytes block(std::uint64_t no) {
    while (chain.size() < no) {
      msg::Block next;
      next.no = BlockNo(chain.size() + 1);
      next.first = Seq(chain.size() + 1);
      next.count = 1;
      next.prev.bytes = chain.empty() ? msg::no_hash() : msg::decode_block(chain.back())->hash.bytes;
      msg::Event created;
      created.what = msg::StoreCreated{"store-a"};
      next.events.bytes = chain.empty() ? msg::encoded(created)
                          : large       ? msg::encoded(support::many_added())
                                        : voided("k");
      next.at = others ? 1 : 0;
      chain.push_back(msg::encode_block(next));
    }
    return chain[no - 1];
  }
  Tail tail_at(std::uint64_t no, std::uint64_t term = 2) {
    const auto last = msg::decode_block(block(no)).value();
    auto tail = broker::tail_at(last);
    tail.term = base::Term(term);
    tail.control.store = "store-a";
    return tail;
  }
  void tell(JournalEvent event) { core->on_journal(std::move(event), {now, out}); }
  void tell_blocks(std::uint64_t from, std::uint64_t to) {
    for (auto no = from; no <= to; ++no) tell(BlockSeen{block(no)});
    tell(LeaderSeen{1});
  }
  // The process starts with this many blocks in its archive.
  void has_archived(std::uint64_t blocks) {
    for (std::uint64_t no = 1; no <= blocks; ++no) archive.append(BlockNo(no), Seq(no), Seq(no), block(no));
    archive.opened_with = tail_at(blocks);
    open();
  }
  // A peer answers the last request with the blocks `from` to `to`.
  void replayed(std::uint64_t from, std::uint64_t to, std::uint64_t commit) {
    msg::ReplayReply reply;
    for (auto no = from; no <= to; ++no) reply.blocks.push_back({block(no)});
    reply.commit = Seq(commit);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(1, reply.commit), reply);
    core->on_reply("tcp://broker-1", frame, {now, out});
  }
  // The error word of the only answer; empty if it is not a refusal.
  std::string refused() {
    const auto frame = out.replies().begin()->second.front();
    out.clear();
    return msg::FrameReader(frame).next()->header.err.value_or("");
  }
  void pass(int ms) {
    for (int i = 0; i < ms; i += 10) {
      now.mono += milliseconds(10);
      core->on_tick({now, out});
    }
  }
  template <class Request>
  void ask(const Request& request, msg::Header header = {}) {
    base::Bytes frame;
    header.id = 7;
    msg::append_request(frame, header, request);
    core->on_request({"peer", false}, frame, {now, out});
  }
  std::vector<base::Bytes> published(std::string_view topic) {
    std::vector<base::Bytes> found;
    for (const auto& each : out.publications()) {
      if (each.topic == topic) found.push_back(each.payload);
    }
    out.clear();
    return found;
  }
  msg::State state() {
    out.clear();
    pass(60);
    return msg::decode<msg::Heartbeat>(published(msg::kHeartbeatTopic).front())->state;
  }

  ListArchive archive;
  ListJournal journal;
  base::Now now{base::Mono(std::chrono::seconds(100)), 0};
  base::Outbox out;
  std::vector<base::Bytes> chain;
  bool others = false;  // the chain has another history
  bool large = false;   // its blocks are large
  std::unique_ptr<ClusterCore> core;
};

}  // namespace broker
