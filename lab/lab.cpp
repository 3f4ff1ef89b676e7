#include "lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "base/notice.h"
#include "base/print.h"
#include "base/time.h"
#include "lab/experiments.h"
#include "lab/plots.h"
#include "process/host.h"
#include "process/own_directory.h"

namespace lab {
namespace {

// One for each of kTitles, in the same order.
constexpr auto kExperiments =
    std::to_array<Section (*)(Rig&)>({measure_tiers, measure_sweep, show_hit_and_miss, measure_consistency,
                                      kill_processes, show_spread, shop_at_random, watch_cache});
static_assert(kExperiments.size() == kTitles.size());

Section run_one(char letter, Rig& rig) {
  const auto* title = std::ranges::find(kTitles, letter, &Title::letter);
  CHECK(title != kTitles.end(), "there is no experiment {}", letter);
  return kExperiments.at(static_cast<std::size_t>(title - kTitles.begin()))(rig);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(fmt::format("cannot write {}", path));
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

base::Result<std::vector<Title>> chosen_by(const LabTask& task) {
  std::vector<Title> chosen;
  for (const auto& title : kTitles) {
    const bool named = task.letters.find(title.letter) != std::string::npos;
    if (!task.letters.empty() && !named) continue;
    if (task.frontends.empty() || title.on_any_store) {
      chosen.push_back(title);
    } else if (named) {
      return base::fail(fmt::format(
          "experiment {} needs a store of its own, because it disturbs it: leave --frontend out", title.letter));
    }
  }
  return chosen;
}

void show_and_keep(const LabTask& task, const Section& section) {
  for (const auto& table : section.tables) write_file(fmt::format("{}/{}.csv", task.output, table.name), as_csv(table));
  if (!task.json) base::print_exact(as_text(section) + '\n');
  tasks::flush_output();
}

std::string head_of(const LabTask& task) {
  return fmt::format("pygmy lab of {}: {} requests of each kind and client, clients {}, {} processors, {}.",
                     tasks::time_text(base::now().wall), task.requests, fmt::join(task.clients, ", "),
                     std::thread::hardware_concurrency(),
                     task.frontends.empty() ? "a store of its own on the same machine"
                                            : fmt::format("the store at {}", fmt::join(task.frontends, ", ")));
}

void draw_plots(const LabTask& task, const Sections& sections) {
  const auto script = gnuplot_script(sections);
  for (const auto& section : sections) {
    for (const auto& plot : section.plots) {
      for (const auto* ending : {"svg", "png"}) {
        std::filesystem::remove(fmt::format("{}/{}.{}", task.output, file_of(plot), ending));
      }
    }
  }
  write_file(fmt::format("{}/{}", task.output, kScript), script);
  switch (draw(task.output)) {
    case Drawn::kDone:
      return;
    case Drawn::kNoGnuplot:
      return base::notice("pygmy: there are no plots, because gnuplot is not installed: apt install gnuplot-nox\n");
    case Drawn::kFailed:
      return base::notice("pygmy: gnuplot cannot draw {}/{}\n", task.output, kScript);
  }
}

void write_page(const LabTask& task, const Sections& sections) {
  draw_plots(task, sections);
  const auto svg = [&](const Plot& plot) { return read_file(fmt::format("{}/{}.svg", task.output, file_of(plot))); };
  write_file(task.output + "/index.html", as_html(sections, head_of(task), svg));
  base::notice("pygmy: tables, plots and the page index.html are in {}\n", task.output);
}

Sections run_all(const LabTask& task, const std::vector<Title>& chosen, bool& interrupted) {
  Sections sections;
  try {
    Rig rig(task);
    for (const auto& title : chosen) {
      auto section = run_one(title.letter, rig);
      section.title = title.name;
      rig.be_quiet();
      show_and_keep(task, section);
      sections.push_back(std::move(section));
    }
  } catch (const Interrupted&) {
    interrupted = true;
  }
  return sections;
}

}  // namespace

int run_lab(const LabTask& task) {
  const auto chosen = chosen_by(task);
  if (!chosen) return tasks::usage_error(chosen.error().message);
  process::Traces traces;  // a lab that cannot begin leaves no directory
  traces.will_make(task.output);
  process::make_directory(task.output);
  bool interrupted = false;
  const auto sections = run_all(task, *chosen, interrupted);
  if (!sections.empty()) write_page(task, sections);
  if (task.json) tasks::print_json({{"output", task.output}, {"experiments", as_json(sections)}});
  if (interrupted) {
    base::notice("pygmy: interrupted; made: {} of {} experiments\n", sections.size(), chosen->size());
    return tasks::kUnknown;
  }
  return all_hold(sections) ? tasks::kDone : tasks::kRefused;
}

}  // namespace lab
