#include "demo/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <utility>

#include "base/notice.h"
#include "base/print.h"
#include "books/books.h"
#include "client/client.h"
#include "demo/browser.h"
#include "demo/customers.h"
#include "demo/faults.h"
#include "load/generator.h"
#include "msg/internal.h"
#include "tasks/interruption.h"
#include "tasks/output.h"
#include "tasks/serving.h"
#include "tasks/tasks.h"
#include "up/own_store.h"

namespace demo {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(30);  // of a customer
constexpr base::Duration kTellEvery = std::chrono::seconds(5);
constexpr base::Duration kWholeWait = std::chrono::seconds(60);  // until all processes are live again
constexpr base::Duration kAskAgain = std::chrono::milliseconds(50);
constexpr unsigned kInflight = 16;  // requests under way for each customer
constexpr base::Duration kForever = std::chrono::hours(24 * 365);

struct Interrupted {};

std::string clock_text(base::Duration passed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed).count();
  return fmt::format("{:>3}:{:02}", seconds / 60, seconds % 60);
}

void say(const std::string& line) {
  base::print("{}\n", line);
  tasks::flush_output();
}

up::UpOptions options_of(const DemoTask& task) {
  up::UpOptions options;
  options.demo = true;
  options.port_base = task.port_base ? *task.port_base : up::free_port_base(options);
  options.http = fmt::format("{}", options.port_base + up::kBridgePort);
  return options;
}

// Hurts processes of the store, and heals those that are paused. The bridge is left alone, because people look at the
// demo through it.
class Hurter {
 public:
  Hurter(up::OwnStore& store, std::uint64_t seed) : store_(store), faults_(seed) {}
  ~Hurter() { heal(); }
  Hurter(const Hurter&) = delete;
  Hurter& operator=(const Hurter&) = delete;

  // `writer`: asks which process is the writer at present.
  void drive(base::Duration passed, const std::function<std::string()>& writer) {
    const auto fault = faults_.next(passed, victims());
    if (!fault) return;
    const auto name = fault->instance + (fault->instance == writer() ? " (the writer)" : "");
    if (!signal(fault->instance, fault->pause == fault->pause.zero() ? SIGKILL : SIGSTOP)) return;
    if (fault->pause == fault->pause.zero()) {
      ++kills_;
      return say(fmt::format("{}  {} is killed", clock_text(passed), name));
    }
    ++pauses_;
    paused_ = fault->instance;
    heal_at_ = base::now().mono + fault->pause;
    heals_ = passed + fault->pause;
    say(fmt::format("{}  {} is paused for {:.1f} s", clock_text(passed), name, base::millis(fault->pause) / 1000));
  }

  // Heals the process that is paused, once its time is over.
  void heal_when_due() {
    if (paused_.empty() || base::now().mono < heal_at_) return;
    say(fmt::format("{}  {} goes on", clock_text(heals_), paused_));
    heal();
  }

  void heal() {
    if (!paused_.empty()) signal(std::exchange(paused_, {}), SIGCONT);
  }

  std::string told() const { return tasks::count_text(kills_, "kill") + ", " + tasks::count_text(pauses_, "pause"); }

 private:
  std::vector<std::string> victims() const {
    std::vector<std::string> all;
    for (const auto& process : store_.processes()) {
      if (process.role != "bridge" && process.pid > 0) all.push_back(process.instance);
    }
    return all;
  }

  // The process may have ended since it was chosen.
  bool signal(const std::string& instance, int number) {
    try {
      store_.signal(instance, number);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  up::OwnStore& store_;
  Faults faults_;
  unsigned kills_ = 0;
  unsigned pauses_ = 0;
  std::string paused_;  // empty: none
  base::Mono heal_at_{};
  base::Duration heals_{};  // the same, since the begin of the load
};

class Demo {
 public:
  explicit Demo(const DemoTask& task)
      : task_(task),
        seed_(task.seed.value_or(base::entropy())),
        options_(options_of(task)),
        store_("demo", options_, [this] { go_on(); }) {}

  int run() {
    start();
    auto client = common().connect();
    load::Contents contents;
    if (const auto refusal = load::find_items(client, false, contents)) throw std::runtime_error(refusal->message);
    Customers customers(std::move(contents), seed_, base::new_key() + "-", kInflight);
    welcome();
    Hurter hurter(store_, seed_);
    load::Generator generator(client, customers, {.rate = task_.rate, .length = kForever},
                              {.clients = task_.customers, .inflight = kInflight});
    serve(client, customers, hurter, generator);
    hurter.heal();
    return conclude(client, customers, hurter, generator.tally());
  }

 private:
  void go_on() const {
    if (interruption_.came()) throw Interrupted{};
  }

  tasks::Common common() const {
    tasks::Common common;
    common.frontends = store_.frontends();
    common.timeout = kPatience;
    return common;
  }

  base::Duration length() const {
    if (!task_.minutes) return kForever;
    return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double, std::ratio<60>>(*task_.minutes));
  }

  void start() {
    say(fmt::format("a store of its own starts in {}; nothing of it is kept", store_.directory()));
    options_.catalogue = task_.catalogue;
    if (options_.catalogue.empty()) {
      options_.catalogue = store_.directory() + "/bookstore.csv";
      std::ofstream(options_.catalogue) << sample();
    }
    store_.use_catalogue(options_.catalogue);
    store_.start(options_.cache_bytes, options_.cache_items);
  }

  void welcome() const {
    const auto site = fmt::format("http://127.0.0.1:{}", options_.http);
    const auto frontends = fmt::format("{}", fmt::join(store_.frontends(), ","));
    say("");
    say("  storefront     " + site + "/");
    say("  control room   " + site + "/ops");
    say("  in a terminal  pygmy top --frontend " + frontends);
    say("");
    say(fmt::format("{} customers make {} requests a second{} (seed {}){}", task_.customers, task_.rate,
                    task_.faults ? ", while processes are killed and paused" : "", seed_,
                    task_.minutes ? fmt::format(" for {} minutes", *task_.minutes) : "; Ctrl-C ends the demo"));
    if (!task_.no_browser) open_browser(site + "/ops");
  }

  void serve(client::Client& client, Customers& customers, Hurter& hurter, load::Generator& generator) {
    Told told;
    const auto end = base::now().mono + length();
    // Asked often. Nothing is paused at the end, because the generator then waits for the requests under way.
    const auto ended = [&] {
      hurter.heal_when_due();
      const bool ends = interruption_.came() || store_is_gone_ || base::now().mono >= end;
      if (ends) hurter.heal();
      return ends;
    };
    generator.run(ended, [&](base::Duration passed) {
      store_is_gone_ = store_.has_ended();
      learn_writer(client);
      if (task_.faults) hurter.drive(passed, [this] { return writer_; });
      if (passed < told.at + kTellEvery) return;
      tell(passed, customers, hurter, generator.tally(), told);
    });
    if (store_is_gone_) throw std::runtime_error("the store of the demo has ended: " + store_.last_words());
  }

  // The figures of the last line.
  struct Told {
    base::Duration at{};
    std::uint64_t orders = 0;
    std::uint64_t ops = 0;
  };
  void tell(base::Duration passed, Customers& customers, const Hurter& hurter, const load::Tally& tally, Told& told) {
    const auto seconds = base::millis(passed - told.at) / 1000;
    const auto per_s = [&](std::uint64_t now, std::uint64_t before) {
      return static_cast<double>(now - before) / seconds;
    };
    const auto latency = customers.take_latency();
    say(fmt::format("{}  {}, {:.1f}/s; {:.0f} requests/s, p99 {:.1f} ms{}; {}", clock_text(passed),
                    tasks::count_text(customers.orders(), "order"), per_s(customers.orders(), told.orders),
                    per_s(tally.ops, told.ops), static_cast<double>(latency.quantile_us(99)) / 1000,
                    task_.faults ? "; " + hurter.told() : "", tasks::count_text(tally.errors, "error")));
    told = {passed, customers.orders(), tally.ops};
  }

  void learn_writer(client::Client& client) {
    if (!task_.faults || std::exchange(asks_writer_, true)) return;
    client.submit(msg::Status{}, {}, [this](const client::Answer& answer) {
      asks_writer_ = false;
      const auto status = client::reply_of<msg::StatusReply>(answer);
      if (status.ok()) writer_ = status->writer;
    });
  }

  // A second Ctrl-C ends the program.
  int conclude(client::Client& client, const Customers& customers, const Hurter& hurter, const load::Tally& tally) {
    say("");
    say("the customers have left; the audit begins when all processes are live");
    const auto give_up = base::now().mono + kWholeWait;
    for (std::string obstacle = "?"; !obstacle.empty() && base::now().mono < give_up;) {
      const auto status = client.call(msg::Status{}, {.timeout = std::chrono::seconds(2)});
      obstacle = status.ok() ? tasks::obstacle_to_serving(*status) : status.refusal->message;
      if (!obstacle.empty()) client.run_until([] { return false; }, base::now().mono + kAskAgain);
    }
    const int audit = books::audit(common(), {});
    if (tally.errors > 0) base::notice("pygmy demo: the first error: {}\n", tally.first_error);
    say(fmt::format("{}, {}, {}; audit {}", tasks::count_text(customers.orders(), "order"), hurter.told(),
                    tasks::count_text(tally.errors, "error"), audit == tasks::kDone ? "ok" : "NOT OK"));
    return audit == tasks::kDone && tally.errors == 0 ? tasks::kDone : tasks::kRefused;
  }

  const DemoTask& task_;
  tasks::Interruption interruption_;
  std::uint64_t seed_;
  up::UpOptions options_;
  up::OwnStore store_;
  bool store_is_gone_ = false;
  bool asks_writer_ = false;
  std::string writer_;
};

}  // namespace

int run_demo(const DemoTask& task) {
  // The user's key and token are for another store.
  for (const char* name : {"PYGMY_KEY_FILE", "PYGMY_TOKEN"}) ::unsetenv(name);
  try {
    return Demo(task).run();
  } catch (const Interrupted&) {
    base::notice("pygmy demo: interrupted\n");
    return tasks::kUnknown;
  }
}

}  // namespace demo
