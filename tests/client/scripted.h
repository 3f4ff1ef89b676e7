// The client's core against frontends whose every word is scripted.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/core.h"
#include "msg/internal.h"

namespace scripted {

inline const base::Endpoint kFirst = "tcp://first";
inline const base::Endpoint kSecond = "tcp://second";

struct Copy {
  base::Endpoint to;
  msg::Header header;
  base::Bytes body;
};

class ClientCore : public testing::Test {
 protected:
  ClientCore() { with({kFirst, kSecond}); }

  void with(std::vector<base::Endpoint> frontends, std::string token = {}) {
    client::Config config;
    config.frontends = std::move(frontends);
    config.token = std::move(token);
    core = std::make_unique<client::Core>(config);
  }

  static base::Now at(int ms) { return {base::Mono{} + std::chrono::hours(1) + std::chrono::milliseconds(ms), 0}; }
  base::Now now() const { return at(now_ms); }

  void lookup(const client::Options& options = {}) {
    submit(msg::Lookup{.item = base::ItemId(1), .title = {}}, options);
  }
  void buy(const std::string& key, const client::Options& options = {}) {
    submit(msg::PlaceOrder{.key = key, .customer = {}, .lines = {{base::ItemId(1), base::Quantity(1), {}}}}, options);
  }

  template <class Request>
  void submit(const Request& request, const client::Options& options) {
    core->submit(request, options, {now(), out}, [this](const client::Answer& end) { ends.push_back(end); });
    collect();
  }

  // Lets time pass in ticks.
  void wait_until(int ms) {
    for (; now_ms < ms; now_ms += 10) tick();
    tick();
  }

  void tick() {
    core->on_tick({now(), out});
    collect();
  }

  void answer(const Copy& copy, std::uint64_t item = 1) {
    msg::ItemReply reply;
    reply.item.id = base::ItemId(item);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(copy.header.id, base::Seq(7)), reply);
    hear(copy.to, frame);
  }

  void answer_with(const Copy& copy, const msg::OutcomeReply& outcome) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(copy.header.id, outcome.seq), outcome);
    hear(copy.to, frame);
  }

  void refuse(const Copy& copy, msg::Code code, const std::string& message = "because",
              std::optional<std::uint32_t> retry_ms = {}) {
    base::Bytes frame;
    msg::append_refusal(frame, copy.header.id, base::Seq(7), {.code = code, .message = message, .retry_ms = retry_ms});
    hear(copy.to, frame);
  }

  void tell_status(const Copy& probe, bool leased) {
    msg::StatusReply reply;
    reply.leased = leased;
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(probe.header.id, {}), reply);
    hear(probe.to, frame);
  }

  void hear(const base::Endpoint& from, base::BytesView frame) {
    core->on_reply(from, frame, {now(), out});
    collect();
  }

  // Collects the messages that have left since the last call, one entry each.
  void collect() {
    for (const auto& [to, frames] : out.sends()) {
      for (const auto& frame : frames) {
        ++frames_sent;
        for (msg::FrameReader reader(frame); !reader.done();) {
          const auto message = reader.next();
          ASSERT_TRUE(message);
          copies.push_back({to, message->header, base::Bytes(message->body)});
        }
      }
    }
    out.clear();
  }

  std::string key_of(const Copy& copy) const { return msg::decode<msg::Outcome>(copy.body)->key; }
  msg::Code code(std::size_t end) const { return ends.at(end).refusal.value().code; }

  std::vector<Copy> of_type(std::string_view type) const {
    std::vector<Copy> found;
    for (const auto& copy : copies) {
      if (copy.header.t == type) found.push_back(copy);
    }
    return found;
  }

  std::unique_ptr<client::Core> core;
  base::Outbox out;
  int now_ms = 0;
  int frames_sent = 0;
  std::vector<Copy> copies;
  std::vector<client::Answer> ends;
};

}  // namespace scripted
