#include "bridge/recent.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json/status.h"

namespace bridge {
namespace {

constexpr std::array kTypes{msg::WriterAppointed::kType, msg::HolderJoined::kType, msg::HolderLeft::kType};

// The part of a process's status from which a control room draws its past.
struct Past {
  msg::Role role = msg::Role::kBroker;
  std::string instance;
  std::uint64_t pid = 0;
  msg::State state = msg::State::kStarting;
  bool writer = false;
  bool silent = false;
  std::uint64_t age_ms = 0;
  static constexpr auto fields() {
    return std::tuple(msg::field("role", &Past::role), msg::field("instance", &Past::instance),
                      msg::field("pid", &Past::pid), msg::field("state", &Past::state),
                      msg::field("writer", &Past::writer), msg::field("silent", &Past::silent),
                      msg::field("age_ms", &Past::age_ms));
  }
};

std::vector<Past> past_of(const msg::StatusReply& status, bool aged) {
  std::vector<Past> all;
  for (const auto& [beat, age_ms] : status.processes) {
    all.push_back({.role = beat.role,
                   .instance = beat.instance,
                   .pid = beat.pid,
                   .state = beat.state,
                   .writer = beat.instance == status.writer,
                   .silent = age_ms > json::kSilentMs,
                   .age_ms = aged ? age_ms : 0});
  }
  return all;
}

// Returns the JSON of an event, which is a part of the text that subscribers get.
std::string_view data_of(const FeedEvent& event) {
  constexpr std::string_view kData = "data: ";
  std::string_view text = event.text;
  text.remove_prefix(std::min(text.size(), text.find(kData) + kData.size()));
  return text.substr(0, text.find('\n'));
}

}  // namespace

void Recent::second(base::WallMs at, std::string figures, const msg::StatusReply& status) {
  auto states = json::to_text(past_of(status, false));
  const bool same = !samples_.empty() && states == states_;
  states_ = std::move(states);
  Sample sample{.at = at, .figures = std::move(figures), .processes = {}, .bytes = 0};
  sample.processes =
      same ? samples_.back().processes : std::make_shared<const std::string>(json::to_text(past_of(status, true)));
  sample.bytes = sizeof(Sample) + sample.figures.size() + (same ? 0 : sample.processes->size());
  bytes_ += sample.bytes;
  samples_.push_back(std::move(sample));
  while (samples_.size() > 1 && (bytes_ > bytes_max_ || samples_.front().at < at - kAgeMs)) forget_oldest();
}

// The next sample keeps the states alive if they are the same.
void Recent::forget_oldest() {
  auto& next = samples_[1];
  bytes_ -= samples_.front().bytes;
  if (next.processes == samples_.front().processes) {
    next.bytes += next.processes->size();
    bytes_ += next.processes->size();
  }
  samples_.pop_front();
}

void Recent::published(const FeedBatch& batch) {
  for (const auto& event : batch) {
    if (std::find(kTypes.begin(), kTypes.end(), event->type) == kTypes.end()) continue;
    events_.emplace_back(data_of(*event));
    if (events_.size() > kEventsMax) events_.pop_front();
  }
}

std::string Recent::json() const {
  std::string out = R"({"samples":[)";
  const std::string* before = nullptr;
  for (const auto& sample : samples_) {
    if (before) out += ',';
    out += sample.figures;
    if (sample.processes.get() != before) {
      out.pop_back();
      out += R"(,"processes":)" + *sample.processes + "}";
    }
    before = sample.processes.get();
  }
  out += R"(],"events":[)";
  for (std::size_t i = 0; i < events_.size(); ++i) out += (i ? "," : "") + events_[i];
  return out + "]}";
}

}  // namespace bridge
