// View: everything that one frame of `pygmy top` shows. Threads: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "json/rates.h"
#include "json/status.h"
#include "tasks/output.h"

namespace top {

enum class Sort : std::uint8_t { kName, kLag, kRate, kBytes, kRestarts };
std::string_view word(Sort sort);
Sort next(Sort sort);

struct Process {
  json::ProcessStatus status;
  std::string office;  // of status.h: "writer", "leader" or ""
  // Requests a second; of a broker, committed events. Nothing until it has told its counters twice.
  std::optional<std::uint64_t> per_s;
  std::uint64_t bytes = 0;     // of its cache and queues: the sum of its gauges in bytes
  std::uint64_t restarts = 0;  // since this command began
};

struct HotItem {
  base::ItemId item;
  std::string title;  // empty: not known yet
  std::uint64_t pieces = 0;
};

struct View {
  base::WallMs at = 0;
  base::Duration every{};
  std::string asked;                       // the frontends
  std::optional<json::StoreStatus> store;  // the last that was told; its list of processes is empty
  std::optional<json::Rates> rates;
  std::vector<Process> processes;
  std::vector<HotItem> hot;  // the hottest first
  std::string hot_refusal;   // why the stream is not told; empty: it is

  // Set if the last question was not answered: how long ago the store has answered last, or this command has begun.
  std::optional<base::Duration> unanswered;
  std::string refusal;
};

// Sorts the processes. Equal ones are sorted by name.
void sort(View& view, Sort by);

// One JSON object: {"at":..,"rates":{..},"processes":[..],"hot":[..],"status":{..}}, as OPERATIONS describes it.
tasks::Json to_json(const View& view);

}  // namespace top
