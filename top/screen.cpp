#include "top/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "text/columns.h"

namespace top {
namespace {

constexpr std::size_t kLabel = 11;        // columns before the figures
constexpr std::size_t kNameMax = 24;      // columns of an instance
constexpr std::size_t kHotRowsLeast = 3;  // fewer are not worth a title
constexpr std::size_t kTableLeast = 5;    // lines of the processes, with the title and an empty line before it

class Lines {
 public:
  explicit Lines(std::size_t columns) : columns_(columns) {}

  void add(std::string_view text, Style style = Style::kPlain) {
    lines_.push_back({text::cut(base::shown(text), columns_), style});
  }
  // A label and its parts, on as many lines as they take. Empty parts are left out.
  void flow(std::string_view label, std::vector<std::string> parts, Style style = Style::kPlain) {
    std::erase(parts, std::string());
    auto line = text::filled(label, kLabel);
    bool is_empty = true;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto part = base::shown(parts[i]) + (i + 1 < parts.size() ? "," : "");
      for (const auto& piece : pieces_of(part)) {
        if (!is_empty && text::columns_of(line) + 1 + text::columns_of(piece) > columns_) {
          add(line, style);
          line.assign(kLabel, ' ');
          is_empty = true;
        }
        line += (is_empty ? "" : " ") + piece;
        is_empty = false;
      }
    }
    add(line, style);
  }
  std::size_t count() const { return lines_.size(); }
  void keep(std::size_t most) {
    if (most < lines_.size()) lines_.resize(most);
  }
  std::vector<Line> take() { return std::move(lines_); }

 private:
  // The words of a part that is longer than a line; otherwise the part.
  std::vector<std::string> pieces_of(const std::string& part) const {
    if (kLabel + text::columns_of(part) <= columns_) return {part};
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < part.size();) {
      const auto end = std::min(part.find(' ', begin), part.size());
      words.push_back(part.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }

  std::size_t columns_;
  std::vector<Line> lines_;
};

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<char, 4> kUnits{'K', 'M', 'G', 'T'};
  if (bytes < 1024) return fmt::format("{}", bytes);
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.95 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f}{}", size, kUnits[unit]);
}

std::string ms_text(std::uint64_t us) {
  const auto ms = static_cast<double>(us) / 1000;
  return ms < 10     ? fmt::format("{:.2f} ms", ms)
         : ms < 1000 ? fmt::format("{:.0f} ms", ms)
                     : fmt::format("{:.1f} s", ms / 1000);
}

std::string number_text(const std::optional<std::uint64_t>& value) { return value ? fmt::format("{}", *value) : "-"; }

void add_store(Lines& lines, const View& view) {
  const auto& store = *view.store;
  if (!store.store) return lines.flow("store", {"no broker has been heard"}, Style::kBad);
  lines.flow("store", {*store.store, fmt::format("term {}", *store.term),
                       fmt::format("writer {}", store.writer.empty() ? "none" : store.writer),
                       fmt::format("epoch {}", store.epoch), fmt::format("leases {}", store.leases.value_or(0))});
  const auto rise = [&](std::uint64_t json::Rates::*rate) {
    return view.rates ? fmt::format(" +{}/s", (*view.rates).*rate) : std::string();
  };
  lines.flow("stream", {fmt::format("commit {}{}", store.commit->value(), rise(&json::Rates::commit_s)),
                        fmt::format("watermark {}{}", store.watermark.value(), rise(&json::Rates::watermark_s))});
}

std::vector<std::string> requests_of(const json::Rates& rates) {
  auto types = rates.requests_s.members;
  std::erase_if(types, [](const auto& type) { return type.second == 0; });
  std::stable_sort(types.begin(), types.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::uint64_t sum = 0;
  for (const auto& [type, rate] : types) sum += rate;
  std::vector<std::string> parts{fmt::format("{}/s in all", sum)};
  for (const auto& [type, rate] : types) parts.push_back(fmt::format("{} {}", type, rate));
  if (rates.hit_ratio) parts.push_back(fmt::format("cache hits {:.1f} %", 100 * *rates.hit_ratio));
  return parts;
}

std::vector<std::string> latency_of(const json::Rates& rates) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < rates.p50_us.members.size(); ++i) {
    const auto& [kind, p50] = rates.p50_us.members[i];
    parts.push_back(fmt::format("{} p50 {} p99 {}", kind, ms_text(p50), ms_text(rates.p99_us.members[i].second)));
  }
  if (rates.blocks_s > 0)
    parts.push_back(fmt::format("commit {} of {} events", ms_text(rates.commit_us), rates.block_events));
  return parts;
}

void add_trouble(Lines& lines, const View& view) {
  const auto& store = *view.store;
  if (store.leader_age_ms.value_or(0) > json::kSilentMs)
    lines.flow("", {fmt::format("the broker has been silent for {}", tasks::duration_text(*store.leader_age_ms))},
               Style::kBad);
  if (const auto& diverged = store.diverged; diverged && !diverged->empty())
    lines.flow("DIVERGED", {fmt::format("{}: see pygmy status", fmt::join(*diverged, ", "))}, Style::kBad);
  for (const auto& process : view.processes) {
    for (const auto& what : process.status.trouble.value_or(std::vector<std::string>{}))
      lines.flow("TROUBLE", {fmt::format("{}: {}", process.status.instance, what)}, Style::kBad);
  }
}

void add_head(Lines& lines, const View& view, const Keys* keys) {
  lines.flow("pygmy top",
             {tasks::time_text(view.at).substr(0, 19) + " UTC",
              fmt::format("every {}", tasks::duration_text(base::micros(view.every) / 1000)),
              view.store ? fmt::format("told by {}", view.store->edge) : fmt::format("asking {}", view.asked),
              keys && keys->paused ? "PAUSED" : ""},
             Style::kTitle);
  if (view.unanswered) {
    lines.flow("NO ANSWER",
               {fmt::format("for {}", tasks::duration_text(base::micros(*view.unanswered) / 1000)), view.refusal,
                view.store ? "the figures are of then" : ""},
               Style::kBad);
  }
  if (!view.store) return;
  add_trouble(lines, view);
  add_store(lines, view);
  if (view.rates) {
    lines.flow("requests", requests_of(*view.rates));
    if (const auto latency = latency_of(*view.rates); !latency.empty()) lines.flow("latency", latency);
  } else if (!view.unanswered) {
    lines.flow("requests", {"rates come with the next answer"}, Style::kQuiet);
  }
}

std::string state_of(const Process& process) {
  const auto& status = process.status;
  auto state = status.silent     ? fmt::format("silent {}", tasks::duration_text(status.age_ms))
               : status.diverged ? std::string("DIVERGED")
                                 : std::string(msg::word(status.state));
  return process.office.empty() ? state : state + ", " + process.office;
}

struct Column {
  std::string_view title;
  int rank;  // the columns with the greatest ranks are left out first
  bool is_number;
  std::string (*cell)(const Process&);
};

const std::array<Column, 8>& all_columns() {
  static const std::array<Column, 8> columns{{
      {"instance", 0, false, [](const Process& process) { return process.status.instance; }},
      {"role", 7, false, [](const Process& process) { return std::string(msg::word(process.status.role)); }},
      {"state", 1, false, state_of},
      {"applied", 6, true, [](const Process& process) { return fmt::format("{}", process.status.applied); }},
      {"lag", 2, true, [](const Process& process) { return fmt::format("{}", process.status.lag); }},
      {"per s", 3, true, [](const Process& process) { return number_text(process.per_s); }},
      {"bytes", 5, true, [](const Process& process) { return bytes_text(process.bytes); }},
      {"restarts", 4, true, [](const Process& process) { return fmt::format("{}", process.restarts); }},
  }};
  return columns;
}

class Table {
 public:
  Table(const View& view, std::size_t columns) : columns_(columns) {
    for (const auto& column : all_columns()) {
      std::size_t width = column.title.size();
      for (const auto& process : view.processes)
        width = std::max(width, text::columns_of(base::shown(column.cell(process))));
      shown_.push_back({&column, std::min(width, kNameMax)});
    }
    leave_out();
  }

  std::string title() const {
    return row([](const Column& column) { return std::string(column.title); });
  }
  std::string row_of(const Process& process) const {
    return row([&](const Column& column) { return column.cell(process); });
  }

 private:
  struct Shown {
    const Column* column;
    std::size_t width;
  };
  static constexpr std::size_t kGap = 2;

  std::size_t width() const {
    std::size_t sum = 0;
    for (const auto& shown : shown_) sum += shown.width + kGap;
    return sum - kGap;
  }

  void leave_out() {
    while (shown_.size() > 1 && width() > columns_) {
      shown_.erase(std::max_element(shown_.begin(), shown_.end(),
                                    [](const Shown& a, const Shown& b) { return a.column->rank < b.column->rank; }));
    }
  }

  template <class Cell>
  std::string row(const Cell& cell) const {
    std::string line;
    for (const auto& [column, width] : shown_) {
      const auto fitting = text::cut(base::shown(cell(*column)), width);
      const std::string room(width - text::columns_of(fitting), ' ');
      if (!line.empty()) line.append(kGap, ' ');
      line += column->is_number ? room + fitting : fitting + room;
    }
    return line.erase(line.find_last_not_of(' ') + 1);
  }

  std::size_t columns_;
  std::vector<Shown> shown_;
};

bool is_well(const Process& process) {
  const auto& status = process.status;
  return !status.silent && !status.diverged && (!status.trouble || status.trouble->empty());
}

// `room`: lines for rows.
void add_processes(Lines& lines, const View& view, std::size_t columns, std::size_t room) {
  const Table table(view, columns);
  lines.add("");
  lines.add(table.title(), Style::kTitle);
  const auto count = view.processes.size();
  const auto shown = count <= room ? count : std::max<std::size_t>(room, 1) - 1;
  for (std::size_t i = 0; i < shown; ++i)
    lines.add(table.row_of(view.processes[i]), is_well(view.processes[i]) ? Style::kPlain : Style::kBad);
  if (shown < count) lines.add(fmt::format("… and {} more: make the terminal higher", count - shown), Style::kQuiet);
}

void add_hot(Lines& lines, const View& view, std::size_t room) {
  if (room < kHotRowsLeast + 2) return;
  lines.add("");
  lines.add("  pieces  sold in the last minute", Style::kTitle);
  if (!view.hot_refusal.empty())
    return lines.add("          the stream is not told: " + view.hot_refusal, Style::kQuiet);
  if (view.hot.empty()) return lines.add("          nothing", Style::kQuiet);
  for (std::size_t i = 0; i < std::min(view.hot.size(), room - 2); ++i) {
    const auto& hot = view.hot[i];
    lines.add(fmt::format("{:>8}  {}  {}", hot.pieces, hot.item, hot.title));
  }
}

}  // namespace

std::vector<Line> screen(const View& view, Size size, const Keys* keys) {
  constexpr std::size_t kPlenty = 100'000;
  const auto rows = size.rows == 0 ? kPlenty : size.rows - std::min<std::size_t>(keys ? 1 : 0, size.rows);
  Lines lines(size.columns);
  const auto left = [&](std::size_t used) { return rows - std::min(rows, lines.count() + used); };
  add_head(lines, view, keys);
  if (view.store) {
    lines.keep(std::max<std::size_t>(rows, kTableLeast + 1) -
               kTableLeast);  // in a low terminal the last lines of the head are left out
    add_processes(lines, view, size.columns, left(2));
    add_hot(lines, view, left(0));
  }
  auto all = lines.take();
  if (all.size() > rows) all.resize(rows);
  if (!keys || size.rows == 0) return all;
  all.resize(rows);  // the keys are at the bottom
  const auto help =
      fmt::format("q quits  s sorts by {}  space {}", word(keys->sort), keys->paused ? "goes on" : "pauses");
  all.push_back({text::cut(help, size.columns), Style::kQuiet});
  return all;
}

}  // namespace top
