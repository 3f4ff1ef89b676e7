// Generator: sends the requests of a load to a store by a schedule, and tallies the answers.
//
// There are clients x inflight slots. In a closed loop the answer to a slot's request starts its next one at once. In
// an open loop a request that is due takes the slot that has been free for longest; if none is free, it waits, and its
// wait counts. At the end the generator waits for the requests that are under way. Every `trace_every`th request is
// traced. With a recorder each request is written to a file as it ends, which costs some microseconds each.
// Threads: one. Tests: its parts in tests/load; all of it in tests/process/test_load.py.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "client/client.h"
#include "load/schedule.h"
#include "load/source.h"
#include "load/tally.h"
#include "tasks/record.h"

namespace load {

struct Shape {
  unsigned clients = 1;   // all slots of a client begin with the same frontend
  unsigned inflight = 1;  // slots of each client
  std::optional<std::uint32_t> stale_ok_ms;
  bool fresh = false;             // no answers from a cache
  std::uint64_t trace_every = 0;  // 0: none
};

class Generator {
 public:
  // `recorder` may be null.
  Generator(client::Client& store, Source& source, const Plan& plan, const Shape& shape,
            tasks::Recorder* recorder = nullptr);

  // Runs until the schedule is over, or until `ended`, which is asked often. Calls `second` about once a second with
  // the time since the start.
  void run(const std::function<bool()>& ended, const std::function<void(base::Duration)>& second);

  const Tally& tally() const { return tally_; }

 private:
  struct Slot {
    client::Options options;
    base::Duration late{};  // between the intended start and the real one
    bool counts = false;
    base::Mono invoked{};  // these three for the recorder
    std::string_view type;
    base::Bytes body;
  };

  base::Duration passed() const { return base::now().mono - begin_; }
  void start(std::size_t slot);
  void start_due();
  void submit(std::size_t slot, const Start& start, base::Duration passed);
  void on_answer(std::size_t slot, const client::Answer& answer);
  void record(const Slot& slot, std::size_t number, const client::Answer& answer);
  void count_missed(base::Duration passed);

  client::Client& store_;
  Source& source_;
  Plan plan_;
  Schedule schedule_;
  Shape shape_;
  tasks::Recorder* recorder_;
  std::vector<Slot> slots_;
  std::deque<std::size_t> free_;
  bool freed_ = false;  // a slot has become free since the next request was awaited
  std::uint64_t submitted_ = 0;
  base::Mono begin_{};
  bool over_ = false;
  Tally tally_;
};

}  // namespace load
