// status: shows what the processes of the store tell of themselves.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/print.h"
#include "json/status.h"
#include "msg/counters.h"
#include "tasks/interruption.h"
#include "tasks/output.h"
#include "tasks/serving.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

using json::commit_of;
using json::kSilentMs;
using json::lag_of;
using json::leader_of;
using json::office_of;

constexpr base::Duration kWatchEvery = std::chrono::seconds(1);
constexpr base::Duration kAskAgain = std::chrono::milliseconds(50);

void print_process(const msg::Seen& seen, const msg::StatusReply& status, base::Seq commit) {
  const auto& beat = seen.beat;
  const auto state = seen.age_ms > kSilentMs ? fmt::format("silent for {}", duration_text(seen.age_ms))
                     : beat.diverged         ? std::string("DIVERGED")
                                             : std::string(msg::word(beat.state));
  const auto digest = beat.digest ? fmt::format("{:016x}", beat.digest->items) : std::string();
  base::print("  {:<12} {:<9} {:<16} {:>10} {:>7}  {:<16}  {}\n", beat.instance, msg::word(beat.role), state,
              beat.applied, lag_of(beat, commit), digest, office_of(seen, status));
}

bool is_troubled(const msg::Seen& seen) { return seen.beat.trouble && !seen.beat.trouble->empty(); }

void print_trouble(const msg::StatusReply& status) {
  const auto* red = colours(STDOUT_FILENO) ? "\033[1;31m" : "";
  for (const auto& seen : status.processes) {
    if (!is_troubled(seen)) continue;
    for (const auto& what : *seen.beat.trouble) {
      base::print("{}TROUBLE: {}: {}{}\n", red, seen.beat.instance, what, *red ? "\033[0m" : "");
    }
  }
}

// Of the order replica that has applied most, if it tells its counters. A store without subscriptions has no line.
void print_subscriptions(const msg::StatusReply& status) {
  const msg::Heartbeat* latest = nullptr;
  for (const auto& seen : status.processes) {
    if (seen.beat.role != msg::Role::kOrder || seen.beat.counters.empty() || seen.age_ms > kSilentMs) continue;
    if (!latest || seen.beat.applied > latest->applied) latest = &seen.beat;
  }
  const auto count = latest ? msg::counter_of(*latest, "subscriptions") : 0;
  if (count == 0) return;
  base::print("subscriptions: {}; the slowest is {} behind\n", count,
              count_text(msg::counter_of(*latest, "subscription_lag"), "event"));
}

// Prints one line if all processes are of one release.
void print_releases(const msg::StatusReply& status) {
  std::map<std::string, std::vector<std::string>> instances;
  for (const auto& seen : status.processes)
    instances[seen.beat.release.value_or("not told")].push_back(seen.beat.instance);
  for (const auto& [release, of] : instances) {
    if (instances.size() == 1) return base::print("release {}\n", release);
    base::print("release {}: {}\n", release, fmt::format("{}", fmt::join(of, ", ")));
  }
}

void print_status(const msg::StatusReply& status) {
  const auto* leader = leader_of(status);
  const auto commit = commit_of(status);
  if (leader) {
    const auto& told = *leader->beat.leader;
    base::print("store {}, term {}, commit seq {}, watermark {}\n", leader->beat.store, told.term, commit, status.mark);
    base::print("writer {}, epoch {}; {} frontends hold leases\n", status.writer.empty() ? "none" : status.writer,
                status.epoch, told.holders);
    if (const auto currency = json::currency_of(status))
      base::print("currency {}, {} decimals\n", currency->code, currency->digits);
    if (told.begins) base::print("trimmed: the stream begins with seq {}\n", *told.begins);
    if (leader->age_ms > kSilentMs) base::print("the broker has been silent for {}\n", duration_text(leader->age_ms));
    if (!told.diverged.empty()) {
      const auto* red = colours(STDOUT_FILENO) ? "\033[1;31m" : "";
      base::print(
          "{}DIVERGED: {}: these views differ from the others at the same seq, or their rows differ from what was "
          "written{}\n",
          red, fmt::format("{}", fmt::join(told.diverged, ", ")), *red ? "\033[0m" : "");
    }
    for (const auto& seen : status.processes) {
      if (seen.beat.diverged) base::print("{} says: {}\n", seen.beat.instance, *seen.beat.diverged);
    }
    print_subscriptions(status);
    print_trouble(status);
  } else {
    base::print("no broker has been heard\n");
  }
  print_releases(status);
  base::print("answered by {}, {}\n", status.edge,
              status.leased ? fmt::format("lease runs {} ms more", status.lease_left_ms) : "which holds no lease");
  base::print("  {:<12} {:<9} {:<16} {:>10} {:>7}  {:<16}\n", "instance", "role", "state", "applied", "lag", "digest");
  for (const auto& seen : status.processes) print_process(seen, status, commit);
}

}  // namespace

namespace {

// Returns the exit code.
int show_status(const Common& common, const msg::StatusReply& status) {
  if (common.json) {
    base::print("{}\n", json::to_text(json::status_of(status)));
  } else {
    print_status(status);
  }
  const auto* leader = leader_of(status);
  const bool diverged = leader && !leader->beat.leader->diverged.empty();
  return diverged || std::any_of(status.processes.begin(), status.processes.end(), is_troubled) ? kRefused : kDone;
}

int show_status(const Common& common, client::Client& store) {
  const auto reply = store.call(msg::Status{});
  if (reply.refusal) return complain(common, *reply.refusal);
  return show_status(common, *reply.body);
}

// Asks until the store serves, or the timeout is over.
int wait_until_it_serves(const Common& common, client::Client& store) {
  const auto give_up = base::now().mono + common.timeout;
  for (;;) {
    const auto left = std::max<base::Duration>(give_up - base::now().mono, kAskAgain);
    const auto reply = store.call(msg::Status{}, {.timeout = left});
    if (reply.refusal && reply.refusal->code != msg::Code::kBusy) return complain(common, *reply.refusal);
    const auto obstacle = reply.refusal ? reply.refusal->message : obstacle_to_serving(*reply.body);
    if (obstacle.empty()) return show_status(common, *reply.body);
    if (base::now().mono >= give_up) {
      return complain(common, {.code = msg::Code::kUnavailable,
                               .message = fmt::format("the store is not complete yet: {}; `pygmy status` shows "
                                                      "its processes, and a longer --timeout waits longer",
                                                      obstacle)});
    }
    store.run_until([] { return false; }, base::now().mono + kAskAgain);
  }
}

}  // namespace

int forget(const Common& common, const std::string& instance) {
  auto store = common.connect();
  const auto reply = store.call(msg::Forget{instance});
  if (reply.refusal) return complain(common, *reply.refusal);
  note_done(common, msg::Act::kForget, reply.body->forgotten.instance);
  if (common.json) {
    print_json({{"forgotten", reply.body->forgotten.instance}});
  } else {
    base::print("{} is forgotten\n", reply.body->forgotten.instance);
  }
  return kDone;
}

int status(const Common& common, const StatusTask& task) {
  auto store = common.connect();
  if (task.wait) return wait_until_it_serves(common, store);
  if (!task.watch) return show_status(common, store);
  const Interruption interruption;
  const bool terminal = !common.json && isatty(STDOUT_FILENO) == 1;
  for (;;) {
    if (terminal) base::print("\033[H\033[2J");
    const int code = show_status(common, store);
    if (!common.json && !terminal) base::print("\n");
    flush_output();
    const auto came = [&] { return interruption.came(); };
    store.run_until(came, base::now().mono + kWatchEvery);
    if (came()) return code;
  }
}

}  // namespace tasks
