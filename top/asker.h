// Asker: keeps asking a store for its status, its new events and the titles of its hot items, and tells Figures.
//
// One question of each kind is under way at a time. The events begin where the stream is at the first status. If the
// stream is more than kBehindMax events ahead, the events between are not read. Every question ends by its own
// deadline, so a store that does not answer is asked again and again. Threads: one.
// Tests: tests/process/test_top.py
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "client/client.h"
#include "top/figures.h"

namespace top {

class Asker {
 public:
  static constexpr std::uint64_t kBehindMax = 100'000;
  static constexpr base::Duration kPatienceMax = std::chrono::seconds(2);

  // `patience`: the deadline of a question for a status or a title, at most kPatienceMax.
  Asker(client::Client& store, Figures& figures, base::Duration every, base::Duration patience)
      : store_(store), figures_(figures), every_(every), patience_(std::min(patience, kPatienceMax)) {}

  // Asks what is due. The answers come in store.run_until().
  void ask(base::Mono now);
  // Returns whether a status has come, or was refused, since the last call.
  bool has_news() { return std::exchange(has_news_, false); }
  const std::optional<msg::Refusal>& refusal() const { return refusal_; }

 private:
  void ask_status(base::Mono now);
  void ask_events(base::Mono now);
  void ask_title(base::ItemId item);
  void take_events(const client::Answer& answer);

  client::Client& store_;
  Figures& figures_;
  base::Duration every_;
  base::Duration patience_;
  bool has_news_ = false;
  std::optional<msg::Refusal> refusal_;  // of the last question for the status
  base::Mono status_due_{};
  bool asks_status_ = false;
  std::optional<base::Seq> next_;  // the next event; none until a status has come
  base::Mono events_due_{};
  bool asks_events_ = false;
  bool asks_title_ = false;
};

}  // namespace top
