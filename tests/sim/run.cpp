#include "tests/sim/run.h"

#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "base/log.h"
#include "tests/sim/history.h"
#include "tests/sim/thief.h"
#include "tests/sim/visitors.h"

namespace sim {
namespace {

constexpr Duration kSetUp = 5s;
constexpr std::uint64_t kThiefEvery = 3;  // of so many seeds one has a thief
// G6: at most a second more than usual; a page of `events` may wait another 100 ms.
constexpr Duration kSlowestAnswer = 1150ms;

std::array<char, 128> last_words;

// A failed CHECK aborts the process. This handler names the seed first.
void on_abort(int) {
  const auto length = std::char_traits<char>::length(last_words.data());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, last_words.data(), length);
}

std::string repeat(const RunOptions& options) {
  const auto lull = std::chrono::duration_cast<std::chrono::seconds>(options.lull).count();
  return fmt::format("./dev sim --seed {}{}{}", options.seed,
                     options.acts > 1 ? fmt::format(" --acts {}", options.acts) : "",
                     lull > 0 ? fmt::format(" --lull {}", lull) : "");
}

void prepare_last_words(const RunOptions& options) {
  const auto end = fmt::format_to_n(last_words.data(), last_words.size() - 1, "in the simulation; to repeat it: {}\n",
                                    repeat(options));
  *end.out = '\0';
  struct sigaction action {};
  action.sa_handler = on_abort;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGABRT, &action, nullptr);
}

Shape shape_of(const RunOptions& options, World& world) {
  auto shape = options.shape ? *options.shape : Shape::drawn(world);
  if (options.drift_max) shape.drift_max = *options.drift_max;
  return shape;
}

class Run {
 public:
  explicit Run(const RunOptions& options)
      : options_(options),
        world_(options.seed, options.telling),
        cluster_(world_, shape_of(options, world_)),
        workload_(cluster_),
        visitors_(cluster_),
        thief_(cluster_) {
    if (!options.judged) cluster_.judge().only_record();
  }

  RunResult run() {
    set_up();
    for (int act = 0; act < options_.acts && !world_.verdict(); ++act) {
      const auto plan = options_.plan ? *options_.plan : Plan::drawn(world_, cluster_.shape());
      chaos_.push_back(std::make_unique<Chaos>(cluster_, plan));
      disturb(plan, *chaos_.back());
      if (!world_.verdict()) end_well();
      if (!world_.verdict()) rest();
    }
    if (!world_.verdict()) cluster_.judge().look_once_more();
    if (!world_.verdict()) ask_the_checker();
    cluster_.gather_counters();
    return result();
  }

 private:
  void set_up();
  void disturb(const Plan& plan, Chaos& chaos);
  void mend(const Plan& plan, std::uint64_t failures_before);
  void end_well();
  void serve(const std::string& client, const Request& request);
  std::string everybody();
  void rest();
  void ask_the_checker();
  RunResult result();

  const RunOptions& options_;
  World world_;
  Cluster cluster_;
  Workload workload_;
  Visitors visitors_;
  Thief thief_;
  std::vector<std::unique_ptr<Chaos>> chaos_;  // a fault of one act may end in a later act
  std::uint64_t served_ = 0;
  Duration slowest_{};
  Duration idle_{};
};

void Run::set_up() {
  cluster_.start_all();
  bool ready = false;
  cluster_.ask(cluster_.clients().front(), Workload::first_items(), {},
               [&](const client::Answer& answer) { ready = !answer.refusal; });
  if (!world_.run_until([&] { return ready; }, kSetUp)) world_.broken("liveness: a new store does not take its items");
}

void Run::disturb(const Plan& plan, Chaos& chaos) {
  const auto failures_before = cluster_.judge().failures();
  cluster_.forget_slowest();
  workload_.start(!plan.orderly);
  if (options_.judged) visitors_.start();
  if (options_.judged && options_.seed % kThiefEvery == 0) thief_.start();
  chaos.start();
  world_.run_until(world_.now() + options_.chaos);
  workload_.stop();
  visitors_.stop();
  thief_.stop();
  chaos.stop();
  if (plan.orderly) mend(plan, failures_before);
  slowest_ = std::max(slowest_, cluster_.slowest());
}

// One fault at a time costs no client a request (G6). Requests under way may end after the chaos.
void Run::mend(const Plan& plan, std::uint64_t failures_before) {
  const auto& shape = cluster_.shape();
  const auto deadline = shape.deadline;
  world_.run_until([&] { return cluster_.under_way() == 0; }, deadline);
  if (cluster_.judge().failures() > failures_before) {
    world_.broken(fmt::format("G6: one fault at a time, and {} requests had no definite answer",
                              cluster_.judge().failures() - failures_before));
  }
  const bool has_spares = plan.spares_broker && shape.frontends > 1 && shape.catalogs > 1;
  // A shared journal is slow now and then even without a fault, so its answers are not timed.
  if (has_spares && !shape.shared && cluster_.slowest() > kSlowestAnswer) {
    world_.broken(fmt::format("G6: one fault at a time, not the broker's, and an answer took {:.0f} ms",
                              base::millis(cluster_.slowest())));
  }
}

void Run::end_well() {
  world_.run_until(world_.now() + Chaos::kLongest);
  cluster_.heal();
  const auto quiet = [&] { return cluster_.under_way() == 0 && cluster_.level(); };
  if (!world_.run_until(quiet, kHealed)) {
    return world_.broken(fmt::format("liveness: {} requests under way, durable seq {}; {}", cluster_.under_way(),
                                     cluster_.disk().last(), everybody()));
  }
  for (const auto& client : cluster_.clients()) {
    const auto key = fmt::format("served-{}", ++served_);
    serve(client, msg::PlaceOrder{.key = key, .lines = {{base::ItemId(2), base::Quantity(1), {}}}});
    serve(client, msg::Lookup{.item = base::ItemId(2)});
  }
  if (!world_.run_until(quiet, kHealed)) return world_.broken("liveness: not level after the last requests");
  if (const auto wrong = cluster_.wrong_row()) world_.broken("G5: " + *wrong);
}

std::string Run::everybody() {
  std::string all;
  for (const auto& name : cluster_.names()) all += (all.empty() ? "" : "; ") + cluster_.describe(name);
  return all;
}

void Run::rest() {
  world_.run_until(world_.now() + options_.lull);
  idle_ += options_.lull;
}

void Run::ask_the_checker() {
  const auto opinion = second_opinion(cluster_.judge().history(), cluster_.judge().reference());
  if (opinion.broken) world_.broken(*opinion.broken);
  if (!opinion.decided) world_.count("history not decided");
}

// Asks through the client's own frontend, because another one would hide that this one does not serve.
// A plain client sends one copy, and the end of its frontend loses it: in a node, a frontend ends with its broker,
// which may have been replaced shortly before. So such a client may ask again.
void Run::serve(const std::string& client, const Request& request) {
  const int tries = cluster_.is_plain(client) ? 5 : 1;
  const auto answered = std::make_shared<bool>(false);
  for (int i = 0; i < tries && !*answered; ++i) {
    cluster_.ask(client, request, {}, [this, answered, text = describe(request)](const client::Answer& answer) {
      const bool right = !answer.refusal || answer.refusal->code == msg::Code::kOutOfStock ||
                         answer.refusal->code == msg::Code::kNotForSale || answer.refusal->allowed;  // by the terms
      if (!right && !std::exchange(*answered, true))
        world_.broken(fmt::format("liveness: {} was refused after all healed; {}", text, everybody()));
      *answered = true;
    });
    world_.run_until([&] { return *answered; }, kHealed / tries);
  }
  if (!*answered) {
    world_.broken(fmt::format("liveness: {} was not answered after all healed; {}", describe(request), everybody()));
  }
}

RunResult Run::result() {
  RunResult result;
  result.broken = world_.verdict();
  result.story = world_.lines();
  result.counts = world_.counts();
  result.story_number = world_.story();
  result.answers = cluster_.answers();
  result.events = world_.events();
  result.durable = cluster_.durable();
  result.slowest = slowest_;
  result.simulated = world_.now();
  result.idle = idle_;
  return result;
}

}  // namespace

RunResult run(const RunOptions& options) {
  base::log::start(base::log::Level::kOff, "sim");
  prepare_last_words(options);
  auto result = Run(options).run();
  ::signal(SIGABRT, SIG_DFL);
  return result;
}

SeedResult run_seed(const RunOptions& options) {
  SeedResult seed{run(options), {}};
  if (!seed.result.broken) return seed;
  auto told = options;
  told.telling = true;
  seed.result = run(told);
  seed.report = fmt::format("seed {} breaks a promise: {}\n  the last of its story:\n    {}\n  to repeat it: {}\n",
                            options.seed, seed.result.broken.value_or("(not when told: the run is not deterministic)"),
                            fmt::join(seed.result.story, "\n    "), repeat(options));
  return seed;
}

void Tally::add(const RunResult& result) {
  ++runs;
  answers += result.answers;
  durable += result.durable;
  events += result.events;
  simulated += result.simulated;
  idle += result.idle;
  slowest = std::max(slowest, result.slowest);
  for (const auto& [what, times] : result.counts) counts[what] += times;
}

}  // namespace sim
