// status, events and trace.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/print.h"
#include "base/random.h"
#include "bridge/feed.h"
#include "bridge/status.h"
#include "msg/effects.h"
#include "msg/internal.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

using bridge::commit_of;
using bridge::kSilentMs;
using bridge::lag_of;
using bridge::leader_of;
using bridge::office_of;

constexpr std::uint32_t kEventsWaitMs = 2000;

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

void print_status(const msg::StatusReply& status) {
  const auto* leader = leader_of(status);
  const auto commit = commit_of(status);
  if (leader) {
    const auto& told = *leader->beat.leader;
    base::print("store {}, term {}, commit seq {}, watermark {}\n", leader->beat.store, told.term, commit, status.mark);
    base::print("writer {}, epoch {}; {} frontends hold leases\n", status.writer.empty() ? "none" : status.writer,
                status.epoch, told.holders);
    if (const auto currency = bridge::currency_of(status))
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
    print_trouble(status);
  } else {
    base::print("no broker has been heard\n");
  }
  base::print("answered by {}, {}\n", status.edge,
              status.leased ? fmt::format("lease runs {} ms more", status.lease_left_ms) : "which holds no lease");
  base::print("  {:<12} {:<9} {:<16} {:>10} {:>7}  {:<16}\n", "instance", "role", "state", "applied", "lag", "digest");
  for (const auto& seen : status.processes) print_process(seen, status, commit);
}

void print_event(const Common& common, base::Seq seq, const msg::Event& event) {
  auto json = event_to_json(seq, event);
  if (common.json) return print_json(json);
  json.erase("seq");
  json.erase("at");
  json.erase("type");
  fmt::print("{:>8}  {}  {:<16}  {}\n", seq, time_text(event.at), msg::type_of(event),
             json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// Prints the block's events from seq `next` on. Returns the seq after them.
base::Result<base::Seq> print_block(const Common& common, const std::string& bytes, base::Seq next) {
  const auto block = msg::decode_block(bytes);
  if (!block) return base::fail(block.error().message);
  const auto events = msg::decode_events(block->events.bytes, block->count);
  if (!events) return base::fail(events.error().message);
  auto seq = block->first;
  for (const auto& event : *events) {
    if (seq >= next) print_event(common, seq, event);
    seq = seq.next();
  }
  return std::max(next, seq);
}

struct Bar {
  std::string tier;
  std::uint64_t begin_us;
  std::uint64_t us;
};

// A span says how long a tier had the request; each tier's time includes that of the tiers behind it. A span does not
// say when its tier began, so an inner bar is drawn in the middle of the outer one, and the gate at the end.
std::vector<Bar> waterfall(const std::vector<msg::Span>& spans, std::uint64_t total_us) {
  std::vector<Bar> bars{{"client", 0, total_us}};
  const auto find = [&](std::string_view tier) -> const msg::Span* {
    const auto found = std::find_if(spans.begin(), spans.end(), [&](const auto& span) { return span.tier == tier; });
    return found == spans.end() ? nullptr : &*found;
  };
  const auto inside = [](const Bar& outer, std::uint64_t us) {
    return outer.begin_us + (outer.us - std::min(us, outer.us)) / 2;
  };
  Bar outer = bars.front();
  if (const auto* frontend = find("frontend")) {
    outer = {"frontend", inside(outer, frontend->us), frontend->us};
    bars.push_back(outer);
  }
  const auto* gate = find("gate");
  auto service_room = outer;
  service_room.us -= gate ? std::min(gate->us, outer.us) : 0;
  for (const char* tier : {"catalog", "order"}) {
    if (const auto* service = find(tier)) {
      service_room = {tier, inside(service_room, service->us), service->us};
      bars.push_back(service_room);
    }
  }
  auto at = service_room.begin_us;
  for (const auto& span : spans) {
    if (span.tier == "frontend" || span.tier == "gate" || span.tier == service_room.tier) continue;
    bars.push_back({span.tier, at, span.us});
    at += span.us;
  }
  if (gate) bars.push_back({"gate", outer.begin_us + outer.us - std::min(gate->us, outer.us), gate->us});
  return bars;
}

void print_waterfall(const std::vector<Bar>& bars) {
  constexpr std::uint64_t kWidth = 48;
  const auto total = std::max<std::uint64_t>(1, bars.front().us);
  for (const auto& bar : bars) {
    const auto begin = std::min(kWidth - 1, bar.begin_us * kWidth / total);
    const auto length = std::clamp<std::uint64_t>(bar.us * kWidth / total, 1, kWidth - begin);
    fmt::print("  {:<9} {:>8} us  {}{}\n", bar.tier, bar.us, std::string(begin, ' '), std::string(length, '='));
  }
}

template <class Body>
int show_trace(const Common& common, const std::string& what, const client::Reply<Body>& reply) {
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto bars = waterfall(reply.spans, base::micros(reply.took));
  if (common.json) {
    Json json{{"request", what}, {"seq", reply.seq.value()}, {"spans", Json::array()}};
    for (const auto& bar : bars) json["spans"].push_back({{"tier", bar.tier}, {"us", bar.us}});
    print_json(json);
  } else {
    fmt::print("{}, answered with seq {}\n", what, reply.seq);
    print_waterfall(bars);
  }
  return kDone;
}

}  // namespace

int status(const Common& common) {
  auto store = common.connect();
  const auto reply = store.call(msg::Status{});
  if (reply.refusal) return complain(common, *reply.refusal);
  if (common.json) {
    fmt::print("{}\n", bridge::to_json(bridge::status_of(*reply.body)));
  } else {
    print_status(*reply.body);
  }
  const auto* leader = leader_of(*reply.body);
  const bool diverged = leader && !leader->beat.leader->diverged.empty();
  const auto& processes = reply.body->processes;
  return diverged || std::any_of(processes.begin(), processes.end(), is_troubled) ? kRefused : kDone;
}

int forget(const Common& common, const std::string& instance) {
  auto store = common.connect();
  const auto reply = store.call(msg::Forget{instance});
  if (reply.refusal) return complain(common, *reply.refusal);
  if (common.json) {
    print_json({{"forgotten", reply.body->forgotten.instance}});
  } else {
    fmt::print("{} is forgotten\n", reply.body->forgotten.instance);
  }
  return kDone;
}

int events(const Common& common, const EventsTask& task) {
  auto store = common.connect();
  base::Seq next(std::max<std::uint64_t>(1, task.from));
  std::optional<base::Seq> end;  // without --follow: the watermark at the start, so that it ends also under load
  for (;;) {
    msg::Events request{next, {}, task.follow ? std::optional<std::uint32_t>(kEventsWaitMs) : std::nullopt};
    // A frontend that waits for events sends nothing meanwhile. It must not be taken for silent.
    const auto reply =
        store.call(request, {.timeout = std::max<base::Duration>(common.timeout, std::chrono::seconds(4)),
                             .try_next = std::chrono::milliseconds(kEventsWaitMs + 500)});
    if (reply.refusal) {
      const bool again = task.follow && reply.refusal->code == msg::Code::kUnavailable;
      if (!again) return complain(common, *reply.refusal);
      fmt::print(stderr, "pygmy: {}; trying again\n", reply.refusal->message);
      continue;
    }
    if (const auto begins = bridge::trimmed_to(*reply, next)) {
      fmt::print(stderr, "pygmy: the stream was trimmed and begins with seq {} now\n", *begins);
    }
    for (const auto& bytes : reply.body->blocks) {
      const auto after = print_block(common, bytes.bytes, next);
      if (!after) return complain(common, {.code = msg::Code::kUnsupportedVersion, .message = after.error().message});
      next = *after;
    }
    std::fflush(stdout);
    if (std::ferror(stdout) != 0) return kDone;  // the reader has closed the pipe
    if (!end) end = reply.body->mark;
    if (!task.follow && (reply.body->blocks.empty() || next > *end)) return kDone;
  }
}

int trace(const Common& common, const std::string& what, const std::string& item) {
  const auto id = parse_number(item);
  if (!id) return usage_error(fmt::format("'{}' is not an item id", item));
  auto store = common.connect();
  const client::Options options{.trace = true};
  (void)store.call(msg::Status{});  // makes the connection, so that its time is not measured
  if (what == "lookup") {
    return show_trace(common, "lookup " + item, store.call(msg::Lookup{base::ItemId(*id), {}}, options));
  }
  msg::PlaceOrder request;
  request.key = base::new_key();
  request.lines.push_back({base::ItemId(*id), base::Quantity(1), {}});
  return show_trace(common, "buy " + item, store.call(request, options));
}

}  // namespace tasks
