// Figures: collects what a store tells of itself, and makes a View of it.
//
// A rate is that of the last kWindow, so that a process that tells its counters a little late does not seem to rest.
// Bounds: the statuses of kWindow; the processes of the last status; HotItems; titles of kTitlesMax items.
// Threads: none, no I/O. Tests: tests/top/figures_test.cpp
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "top/hot_items.h"
#include "top/view.h"

namespace top {

class Figures {
 public:
  static constexpr base::Duration kWindow = std::chrono::seconds(3);
  static constexpr std::size_t kHotMax = 10;
  static constexpr std::size_t kTitlesMax = 256;

  explicit Figures(base::Mono began) : answered_(began) {}

  void heard(const msg::StatusReply& status, base::Mono now);
  // The store has refused to tell its status, or has not answered. After that all rates begin anew.
  void refused(std::string why);
  void streamed(const msg::Event& event, base::Mono now) { hot_.sold(event, now); }
  void stream_refused(std::string why) { hot_refusal_ = std::move(why); }
  void titled(base::ItemId item, std::string title);
  // The hottest items whose titles are not known.
  std::vector<base::ItemId> untitled(base::Mono now);
  // True once there are rates.
  bool has_rates() const { return totals_.size() > 1; }

  // `asked` and `every` of the view are left to the caller.
  View view(base::Now now);

 private:
  struct Life {
    base::Incarnation incarnation;
    std::uint64_t restarts = 0;
    std::deque<std::pair<base::Mono, std::uint64_t>> done;  // what it has counted, and when
  };
  void hear_process(const msg::Heartbeat& beat, base::Mono now);

  base::Mono answered_;
  std::optional<msg::StatusReply> status_;
  std::optional<std::string> refusal_;
  std::string hot_refusal_;
  std::deque<json::Totals> totals_;
  std::map<std::string, Life> lives_;  // by instance
  HotItems hot_;
  std::unordered_map<base::ItemId, std::string> titles_;
};

}  // namespace top
