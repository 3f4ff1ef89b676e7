#include "load/generator.h"

#include <algorithm>
#include <utility>

namespace load {
namespace {

constexpr base::Duration kProgressEvery = std::chrono::seconds(1);

}  // namespace

Generator::Generator(client::Client& store, Source& source, const Plan& plan, const Shape& shape,
                     tasks::Recorder* recorder)
    : store_(store), source_(source), plan_(plan), schedule_(plan), shape_(shape), recorder_(recorder) {
  for (std::size_t i = 0; i < std::size_t{shape.clients} * shape.inflight; ++i) {
    slots_.push_back(
        {.options = {.spread = i / shape.inflight, .stale_ok_ms = shape.stale_ok_ms, .fresh = shape.fresh}});
    free_.push_back(i);
  }
}

void Generator::run(const std::function<bool()>& ended, const std::function<void(base::Duration)>& second) {
  begin_ = base::now().mono;
  const auto done = [&] { return ended() || schedule_.over(passed()); };
  auto told = begin_;
  while (!done()) {
    start_due();
    auto until = told + kProgressEvery;
    if (!plan_.requests) until = std::min(until, begin_ + plan_.warmup + plan_.length);
    if (plan_.rate && !free_.empty()) until = std::min(until, begin_ + schedule_.due());
    store_.run_until([&] { return std::exchange(freed_, false) || done(); }, until);
    if (base::now().mono < told + kProgressEvery) continue;
    told += kProgressEvery;
    second(told - begin_);
  }
  over_ = !plan_.requests || !schedule_.over(passed());
  tally_.lasted = passed() - plan_.warmup;
  count_missed(passed());
  store_.run_until([this] { return store_.under_way() == 0; });
  if (!over_) tally_.lasted = passed() - plan_.warmup;
}

// Takes the free slots in turn, so that all clients and their frontends take part also at a low rate.
void Generator::start_due() {
  while (!free_.empty()) {
    const auto now = passed();
    const auto start = schedule_.next(now);
    if (!start) return;
    const auto slot = free_.front();
    free_.pop_front();
    submit(slot, *start, now);
  }
}

void Generator::start(std::size_t slot) {
  const auto now = passed();
  if (const auto start = schedule_.next(now)) return submit(slot, *start, now);
  free_.push_back(slot);
  freed_ = true;
}

void Generator::submit(std::size_t number, const Start& start, base::Duration now) {
  auto& slot = slots_[number];
  auto request = source_.next(number);
  slot.late = now - start.intended;
  slot.counts = start.counts;
  slot.options.trace = shape_.trace_every > 0 && submitted_++ % shape_.trace_every == 0;
  if (recorder_) {
    slot.invoked = base::now().mono;
    slot.type = request.type;
    slot.body = request.body;
  }
  if (plan_.rate && slot.counts) tally_.late.add(static_cast<std::uint64_t>(slot.late.count()));
  // The lambda captures two words. They fit into the std::function, so nothing is allocated.
  store_.submit(request.type, request.is_write, std::move(request.body), slot.options,
                [this, number](const client::Answer& answer) { on_answer(number, answer); });
}

void Generator::on_answer(std::size_t number, const client::Answer& answer) {
  const auto& slot = slots_[number];
  if (recorder_) record(slot, number, answer);
  tally_.add(answer, answer.took + slot.late, slot.counts, !over_);
  source_.learn(number, answer);
  if (over_) return;
  start(number);
}

void Generator::record(const Slot& slot, std::size_t number, const client::Answer& answer) {
  recorder_->add(number, slot.invoked, base::now().mono, slot.type, slot.body, answer, shape_.stale_ok_ms);
}

// A request that was due and has not started has already waited; leaving it out would hide a stall at the end.
void Generator::count_missed(base::Duration now) {
  while (const auto start = schedule_.missed()) {
    if (start->intended > now) return;  // the run was interrupted
    if (!start->counts) continue;
    ++tally_.unsent;
    tally_.latencies.add(static_cast<std::uint64_t>((now - start->intended).count()));
  }
}

}  // namespace load
