#include "client/waterfall.h"

#include <algorithm>
#include <string_view>

namespace client {
namespace {

std::size_t index_of(const std::vector<Bar>& bars, std::string_view tier, std::size_t otherwise) {
  const auto found = std::find_if(bars.begin(), bars.end(), [&](const Bar& bar) { return bar.tier == tier; });
  return found == bars.end() ? otherwise : static_cast<std::size_t>(found - bars.begin());
}

bool is_of_commit(std::string_view tier) { return tier == "append" || tier == "queue" || tier == "flush"; }
bool is_of_frontend(std::string_view tier) { return tier == "fan-out" || tier == "apply" || tier == "watermark"; }

}  // namespace

std::vector<Bar> waterfall(const std::vector<msg::Span>& spans, std::uint64_t total_us) {
  std::vector<Bar> bars{{"client", 0, 0, total_us}};
  const auto find = [&](std::string_view tier) -> const msg::Span* {
    const auto found = std::find_if(spans.begin(), spans.end(), [&](const auto& span) { return span.tier == tier; });
    return found == spans.end() ? nullptr : &*found;
  };
  // `room`: of the outer bar.
  const auto add_inside = [&](std::size_t outer, std::uint64_t room, const msg::Span& span) {
    bars.push_back({span.tier, outer, bars[outer].begin_us + (room - std::min(span.us, room)) / 2, span.us});
    return bars.size() - 1;
  };
  const auto* frontend = find("frontend");
  const auto edge = frontend ? add_inside(0, total_us, *frontend) : 0;
  const auto* gate = find("gate");
  const auto gate_us = gate ? std::min(gate->us, bars[edge].us) : 0;
  auto service = edge;
  for (const char* tier : {"catalog", "order"}) {
    const auto* span = find(tier);
    const auto room = service == edge ? bars[edge].us - gate_us : bars[service].us;
    if (span) service = add_inside(service, room, *span);
  }
  auto at = bars[service].begin_us;
  for (const auto& span : spans) {
    if (span.tier == "client" || span.tier == "frontend" || span.tier == "gate" || span.tier == bars[service].tier) {
      continue;
    }
    auto parent = service;
    if (is_of_commit(span.tier)) parent = index_of(bars, "commit", service);
    if (is_of_frontend(span.tier)) parent = edge;
    bars.push_back({span.tier, parent, at, span.us});
    if (span.tier == "append") {
      at += span.us / 2;                 // half of it is the way back
    } else if (span.tier != "commit") {  // the broker's spans follow, and are part of it
      at += span.us;
    }
  }
  if (gate) bars.push_back({"gate", edge, bars[edge].begin_us + bars[edge].us - gate_us, gate->us});
  return bars;
}

}  // namespace client
