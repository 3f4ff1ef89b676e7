// The command lines of status, top, events, subscriptions, audit, trace and check.
#include <memory>

#include "books/books.h"
#include "cli/client_commands.h"
#include "msg/effects.h"
#include "tasks/tasks.h"
#include "top/top.h"

namespace cli {

void add_stale_ok(CLI::App& command, std::optional<std::uint32_t>& stale_ok_ms) {
  as_duration(
      command.add_option("--stale-ok", stale_ok_ms,
                         "if no current answer is available, accept one that is at most this old (60s, 500ms)"));
}

namespace {

void add_types(CLI::App& command, std::vector<std::string>& types, const char* what) {
  command.add_option("--type", types, what)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(std::vector<std::string>(msg::kEventTypes.begin(), msg::kEventTypes.end())));
}

void add_name(CLI::App& command, std::string& name) {
  command.add_option("name", name, "name of the subscription")->required()->type_name("NAME");
}

void add_subscriptions(Commands& commands) {
  commands.add<tasks::SubscribeTask>(
      "subscribe", "make a subscription: a named place in the stream, which the store keeps",
      "subscribe warehouse --from 1 --type order_placed,order_cancelled --ttl 7d",
      [](CLI::App& command, tasks::SubscribeTask& task) {
        add_name(command, task.name);
        command.add_option("--from", task.from, "seq of the first event (default: the next event)");
        add_types(command, task.types, "only events of these types (default: all)");
        as_duration(command.add_option("--ttl", task.ttl_ms,
                                       "drop it if nobody acknowledges it for so long (90s, 10m; default: 7d)"),
                    1, static_cast<std::uint64_t>(msg::kSubscriptionMsMax));
        add_key(command, task.key);
      },
      tasks::subscribe);
  commands.add<tasks::AcknowledgeTask>(
      "acknowledge", "tell that all events up to a seq are done with, once a second at most",
      "acknowledge warehouse 1234",
      [](CLI::App& command, tasks::AcknowledgeTask& task) {
        add_name(command, task.name);
        command.add_option("seq", task.cursor, "seq of the last event that is done with")->required();
        add_key(command, task.key);
      },
      tasks::acknowledge);
  commands.add<tasks::UnsubscribeTask>(
      "unsubscribe", "end a subscription", "unsubscribe warehouse",
      [](CLI::App& command, tasks::UnsubscribeTask& task) {
        add_name(command, task.name);
        add_key(command, task.key);
      },
      tasks::unsubscribe);
  struct SubscriptionsTask {};
  commands.add<SubscriptionsTask>(
      "subscriptions", "list the subscriptions, with their cursors and how far they are behind", "subscriptions",
      [](CLI::App&, SubscriptionsTask&) {},
      [](const tasks::Common& common, const SubscriptionsTask&) { return tasks::subscriptions(common); });
}

}  // namespace

void add_watching(Commands& commands) {
  commands.add<tasks::StatusTask>(
      "status", "show every process with state, applied seq, lag and digest; writer, watermark, leases",
      "status --watch",
      [](CLI::App& command, tasks::StatusTask& task) {
        auto* watch = command.add_flag("--watch", task.watch, "show it every second until interrupted");
        command
            .add_flag("--wait", task.wait,
                      "wait until the store serves reads and writes and all its processes are live, at most --timeout; "
                      "exit code 3: not by then")
            ->excludes(watch);
      },
      tasks::status);
  commands.add<top::TopTask>(
      "top", "watch a store in the terminal: processes, rates, latencies, lag, and the items that sell best",
      "top\nExample: pygmy top --interval 5s --plain > watched.txt\nExample: pygmy top --once --json",
      [](CLI::App& command, top::TopTask& task) {
        as_duration(command.add_option("--interval", task.interval_ms, "ask the store so often (1s, 500ms)"), 100,
                    3'600'000)
            ->default_str("1s");
        auto* once = command.add_flag("--once", task.once, "show one frame, as soon as there are rates, and end");
        command.add_flag("--plain", task.plain, "print one frame below the other, also on a terminal")->excludes(once);
      },
      top::run_top);
  struct ForgetTask {
    std::string instance;
  };
  commands.add<ForgetTask>(
      "forget", "remove a process that is gone for good from the status", "forget order-3",
      [](CLI::App& command, ForgetTask& task) {
        command.add_option("instance", task.instance, "name of the silent process")->required()->type_name("NAME");
      },
      [](const tasks::Common& common, const ForgetTask& task) { return tasks::forget(common, task.instance); });
  commands.add<tasks::EventsTask>(
      "events", "show the events of the stream", "events --from 100 --type order_placed --follow",
      [](CLI::App& command, tasks::EventsTask& task) {
        auto* from = command.add_option("--from", task.from, "seq of the first event to show")->capture_default_str();
        auto* subscription = command
                                 .add_option("--subscription", task.subscription,
                                             "begin after what this subscription has acknowledged, and show its types")
                                 ->type_name("NAME")
                                 ->excludes(from);
        command.add_flag("--acknowledge", task.acknowledge, "acknowledge what was shown, every 2 s and at the end")
            ->needs(subscription);
        command.add_option("--to", task.to, "seq of the last event to show");
        add_types(command, task.types, "only events of these types");
        command.add_option("--actor", task.actor, "only events that the client with this credential made");
        command.add_option(
            "--item", task.item,
            "only events that add or change this item, or tell whether it is low; all events are read, so name "
            "--from if you can");
        command.add_option("--limit", task.limit, "show at most this many");
        command.add_flag("--follow", task.follow, "wait for new events until interrupted");
      },
      tasks::events);
  add_subscriptions(commands);
  commands.add<tasks::TraceTask>(
      "trace", "make one request and show its time per tier", "trace buy",
      [](CLI::App& command, tasks::TraceTask& task) {
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"lookup", "buy"}));
        command.add_option("item", task.item, "id of the item; buy without one buys an item of the topic bench");
        command.add_flag("--yes", task.yes, "really buy this item of the store");
      },
      tasks::trace);
  commands.add<books::AuditTask>(
      "audit", "check the books of the store: stock, order numbers, digests, caches", "audit",
      [](CLI::App& command, books::AuditTask& task) {
        command.add_option("--data", task.data, "also check the files of the views in this directory")
            ->check(CLI::ExistingDirectory)
            ->type_name("DIR");
        command.add_option("--backup", task.backup, "a backup that has the trimmed events")
            ->check(CLI::ExistingDirectory)
            ->type_name("DIR");
      },
      books::audit);
}

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "check",
      "check whether one shop could have given all answers in these records. Exit code 1: no, 2: a file is broken, 3: "
      "not decided");
  auto task = std::make_shared<tasks::CheckTask>();
  command->add_option("files", task->files, "records of `bench --record`, all from one machine")
      ->required()
      ->type_name("FILE");
  command->add_flag("--json", task->json, "print JSON");
  command->footer("Example: pygmy bench --op mix --record a.jsonl; pygmy check a.jsonl");
  command->callback([&exit_code, task] { exit_code = tasks::check(*task); });
}

}  // namespace cli
