#include "top/view.h"

#include <algorithm>
#include <tuple>

namespace top {
namespace {

std::uint64_t place(const Process& process, Sort by) {
  switch (by) {
    case Sort::kName:
      return 0;
    case Sort::kLag:
      return process.status.lag;
    case Sort::kRate:
      return process.per_s.value_or(0);
    case Sort::kBytes:
      return process.bytes;
    case Sort::kRestarts:
      return process.restarts;
  }
  return 0;
}

tasks::Json rates_json(const json::Rates& rates) {
  return {{"commit_s", rates.commit_s},
          {"watermark_s", rates.watermark_s},
          {"lookups_s", rates.lookups_s},
          {"requests_s", tasks::Json::parse(json::to_text(rates.requests_s))},
          {"p50_us", tasks::Json::parse(json::to_text(rates.p50_us))},
          {"p99_us", tasks::Json::parse(json::to_text(rates.p99_us))},
          {"hit_ratio", rates.hit_ratio ? tasks::Json(*rates.hit_ratio) : tasks::Json()},
          {"blocks_s", rates.blocks_s},
          {"block_events", rates.block_events},
          {"commit_us", rates.commit_us}};
}

}  // namespace

std::string_view word(Sort sort) {
  switch (sort) {
    case Sort::kName:
      return "name";
    case Sort::kLag:
      return "lag";
    case Sort::kRate:
      return "rate";
    case Sort::kBytes:
      return "bytes";
    case Sort::kRestarts:
      return "restarts";
  }
  return {};
}

Sort next(Sort sort) {
  return sort == Sort::kRestarts ? Sort::kName : static_cast<Sort>(static_cast<std::uint8_t>(sort) + 1);
}

void sort(View& view, Sort by) {
  std::sort(view.processes.begin(), view.processes.end(), [&](const Process& a, const Process& b) {
    const auto places = std::tuple(place(a, by), place(b, by));
    return std::tie(std::get<1>(places), a.status.instance) < std::tie(std::get<0>(places), b.status.instance);
  });
}

tasks::Json to_json(const View& view) {
  tasks::Json json{{"at", view.at}};
  if (view.unanswered) {
    json["unanswered_ms"] = base::micros(*view.unanswered) / 1000;
    json["refusal"] = view.refusal;
  }
  json["rates"] = view.rates ? rates_json(*view.rates) : tasks::Json();
  json["processes"] = tasks::Json::array();
  auto told = tasks::Json::array();
  for (const auto& process : view.processes) {
    json["processes"].push_back({{"instance", process.status.instance},
                                 {"per_s", process.per_s ? tasks::Json(*process.per_s) : tasks::Json()},
                                 {"bytes", process.bytes},
                                 {"restarts", process.restarts}});
    told.push_back(tasks::Json::parse(json::to_text(process.status)));
  }
  json["hot"] = tasks::Json::array();
  for (const auto& hot : view.hot)
    json["hot"].push_back({{"item", hot.item.value()}, {"title", hot.title}, {"pieces", hot.pieces}});
  if (!view.hot_refusal.empty()) json["hot_refusal"] = view.hot_refusal;
  json["status"] = view.store ? tasks::Json::parse(json::to_text(*view.store)) : tasks::Json();
  if (view.store) json["status"]["processes"] = std::move(told);
  return json;
}

}  // namespace top
