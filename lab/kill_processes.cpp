// (e): buys while processes are killed; `up` starts them again.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "lab/experiments.h"
#include "lab/tiers.h"

namespace lab {
namespace {

const std::size_t kViews = up::UpOptions().catalogs + up::UpOptions().orders;

enum class Victim { kNone, kFollower, kWriter, kCatalog };

const char* word(Victim victim) {
  switch (victim) {
    case Victim::kNone:
      return "nothing";
    case Victim::kFollower:
      return "a follower";
    case Victim::kWriter:
      return "the writer";
    case Victim::kCatalog:
      return "a catalog replica";
  }
  return "";
}

// Returns the process to kill; its instance is empty: none.
msg::Life life_of(Shopper& shopper, Victim victim) {
  if (victim == Victim::kNone) return {};
  const auto status = shopper.must(msg::Status{});
  const auto role = victim == Victim::kCatalog ? msg::Role::kCatalog : msg::Role::kOrder;
  for (const auto& [beat, age_ms] : status->processes) {
    const bool writes = beat.instance == status->writer;
    if (beat.role == role && writes == (victim == Victim::kWriter)) return {beat.instance, beat.incarnation};
  }
  throw std::runtime_error("the store of the lab has no replica to kill");
}

struct Bought {
  std::string key;
  std::optional<base::OrderNo> no;  // nothing: no order came back
};

struct Run {
  msg::Life killed;
  Tiers tiers;  // of the buys
  std::vector<Bought> bought;
  base::Duration took{};
  std::uint64_t lost = 0;  // buys without an order
  std::uint64_t asked_again = 0;
  bool restarted = true;  // another process of the killed one's name has come
  bool alike = false;
};

void buy_in_turn(Rig& rig, const Goods& goods, Shopper& shopper, const std::string& victim, Run& run) {
  const auto began = base::now().mono;
  for (unsigned i = 0; i < rig.task().requests; ++i) {
    rig.count("(e)", i);
    if (i == rig.task().requests / 4 && !victim.empty()) rig.own().signal(victim, SIGKILL);
    const auto item = goods.any(shopper.random());
    shopper.ask(msg::Lookup{item, {}});
    const auto request = one_piece(item);
    const auto reply = shopper.ask(request);
    run.tiers.add(reply.took, reply.spans);
    run.bought.push_back({request.key, {}});
    if (reply.ok()) run.bought.back().no = reply->order.no;
  }
  run.took = base::now().mono - began;
}

bool wait_for_another(Shopper& shopper, const msg::Life& killed) {
  return wait_for(shopper, [&](const msg::StatusReply& status) {
    return std::any_of(status.processes.begin(), status.processes.end(), [&](const msg::Seen& seen) {
      return seen.beat.instance == killed.instance && seen.beat.incarnation != killed.incarnation;
    });
  });
}

// Asks for the outcome of every key. Each must tell an order, and no two keys the same one.
void ask_again(Shopper& shopper, Run& run) {
  std::set<base::OrderNo> numbers;
  for (const auto& one : run.bought) {
    const auto outcome = shopper.ask(msg::Outcome{one.key});
    const bool same = one.no && outcome.ok() && outcome->order && outcome->order->no == *one.no;
    run.lost += same && numbers.insert(*one.no).second ? 0 : 1;
    ++run.asked_again;
  }
}

Run run_with(Rig& rig, const Goods& goods, Shopper& shopper, Victim victim) {
  Run run;
  run.killed = life_of(shopper, victim);
  rig.say(fmt::format("(e) {} buys, {} is killed", rig.task().requests, word(victim)));
  buy_in_turn(rig, goods, shopper, run.killed.instance, run);
  rig.say(fmt::format("(e) {} was killed: every order is asked for again", word(victim)));
  ask_again(shopper, run);
  if (victim != Victim::kNone) run.restarted = wait_for_another(shopper, run.killed);
  run.alike = wait_until_alike(shopper, kViews);
  return run;
}

std::vector<Cell> row_of(Victim victim, const Run& run, double undisturbed) {
  const auto seconds = base::millis(run.took) / 1000;
  return {std::string(word(victim)), run.killed.instance.empty() ? std::string("-") : run.killed.instance,
          run.tiers.count(),         seconds,
          seconds / undisturbed,     run.tiers.mean_ms(),
          run.tiers.slowest_ms(),    run.lost,
          run.asked_again,           std::string(run.alike ? "yes" : "no")};
}

}  // namespace

Section kill_processes(Rig& rig) {
  Section section{'e',
                  "",
                  "A client looks items up and buys them, one after the other. After a quarter of the buys a "
                  "process gets SIGKILL, and is started again. At the end the outcome of every key is asked "
                  "for: it must be the order that the client was told.",
                  {},
                  {},
                  {}};
  rig.use(Cache::kOn);
  const Goods goods(rig, kItems, kPieces);
  Shopper shopper(rig);
  Table table{"e-kills",
              "buys while a process is killed",
              {"killed", "instance", "buys", "seconds", "of undisturbed", "mean ms", "slowest ms", "lost",
               "asked again", "replicas alike"},
              {}};
  Table bars{"e-seconds", "time of all buys (seconds)", {"killed", "seconds"}, {}};
  std::uint64_t lost = 0;
  bool restarted = true;
  bool alike = true;
  double undisturbed = 0;
  for (const auto victim : {Victim::kNone, Victim::kFollower, Victim::kWriter, Victim::kCatalog}) {
    const auto run = run_with(rig, goods, shopper, victim);
    const auto seconds = base::millis(run.took) / 1000;
    if (victim == Victim::kNone) undisturbed = seconds;
    table.rows.push_back(row_of(victim, run, undisturbed));
    bars.rows.push_back({std::string(word(victim)), seconds});
    lost += run.lost;
    restarted = restarted && run.restarted;
    alike = alike && run.alike;
  }
  section.tables = {std::move(table), std::move(bars)};
  section.plots = {{"e-seconds", "buys while a process is killed", "killed", "s", Plot::Kind::kBars, {1}}};
  section.checks = {{fmt::format("requests lost: {}", lost), lost == 0},
                    {"every killed process has ended, and another one has taken its place", restarted},
                    {"all replicas are alike after each run", alike}};
  return section;
}

}  // namespace lab
