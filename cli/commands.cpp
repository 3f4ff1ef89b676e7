#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "books/books.h"
#include "cli/commands_shared.h"
#include "cli/options_checks.h"
#include "tasks/tasks.h"

namespace cli {
namespace {

// The options of one command. They live as long as the app.
template <class Task>
struct Call {
  Shared shared;
  Task task;
};

class Commands {
 public:
  Commands(CLI::App& app, int& exit_code) : app_(app), exit_code_(exit_code) {}

  // Adds a command. `describe` adds the options that fill in a Task, `run` carries the Task out.
  template <class Task, class Describe, class Run>
  void add(const char* name, const char* what, const char* example, Describe describe, Run run) {
    auto* command = app_.add_subcommand(name, what);
    command->footer(std::string("Example: pygmy ") + example);
    auto call = std::make_shared<Call<Task>>();
    describe(*command, call->task);
    add_shared_options(*command, call->shared);
    command->callback([&code = exit_code_, call, run] { code = run(call->shared.common(), call->task); });
  }

 private:
  CLI::App& app_;
  int& exit_code_;
};

void add_stale_ok(CLI::App& command, std::optional<std::uint32_t>& stale_ok_ms) {
  as_duration(command.add_option("--stale-ok", stale_ok_ms,
                                 "if no current answer is available, accept one that is at most this old"));
}

void add_page(CLI::App& command, std::optional<std::uint64_t>& after, std::uint32_t& limit) {
  command.add_option("--after", after, "continue after this number: the one that the page before gave");
  command.add_option("--limit", limit, "show at most this many")
      ->check(CLI::Range(1U, msg::kPageMax))
      ->capture_default_str();
}

void add_reading(Commands& commands) {
  commands.add<tasks::LookupTask>(
      "lookup", "show one item", "lookup 2",
      [](CLI::App& command, tasks::LookupTask& task) {
        add_item(command, task);
        add_stale_ok(command, task.stale_ok_ms);
        command.add_flag("--fresh", task.fresh, "do not answer from the frontend's cache");
      },
      tasks::lookup);
  commands.add<tasks::SearchTask>(
      "search", "find items by topic, by words of the title, or all", "search --topic 'distributed systems' --text rpc",
      [](CLI::App& command, tasks::SearchTask& task) {
        command.add_option("--topic", task.topic, "only items of this topic; the whole topic, in any case");
        command.add_option("--text", task.text, "only items whose title has all these words or word beginnings");
        add_page(command, task.after, task.limit);
        add_stale_ok(command, task.stale_ok_ms);
      },
      tasks::search);
  struct OrderTask {
    std::uint64_t no = 0;
  };
  commands.add<OrderTask>(
      "show-order", "show one order; `pygmy order NO` is the same", "order 17",
      [](CLI::App& command, OrderTask& task) { command.add_option("no", task.no, "number of the order")->required(); },
      [](const tasks::Common& common, const OrderTask& task) { return tasks::order(common, task.no); });
  commands.add<tasks::OrdersTask>(
      "orders", "list orders", "orders --customer ann --limit 10",
      [](CLI::App& command, tasks::OrdersTask& task) {
        command.add_option("--customer", task.customer, "only orders of this customer");
        add_page(command, task.after, task.limit);
      },
      tasks::orders);
}

void describe_place(CLI::App& command, tasks::PlaceTask& task) {
  command.add_option("items", task.items, "items to order, all or none; N is the quantity")
      ->required()
      ->type_name("ID[:N]");
  command.add_option("--qty", task.quantity, "quantity, if the order has one item")
      ->check(CLI::Range(std::int64_t{1}, msg::kLineQuantityMax));
  command.add_option("--customer", task.customer, "name of the customer");
  command.add_option("--key", task.key, "key of the request; a key takes effect once (default: a random key)");
  command.add_option("--expect-price", task.expect_price, "refuse the order if the item has another price");
}

void add_ordering(Commands& commands) {
  commands.add<tasks::PlaceTask>("buy", "buy items; one atomic order", "buy 1:2 3 --customer ann", describe_place,
                                 tasks::place);
  commands.add<tasks::PlaceTask>(
      "sell", "sell items to the store, which takes the pieces in; one atomic order", "sell 1 --qty 5",
      [](CLI::App& command, tasks::PlaceTask& task) {
        describe_place(command, task);
        task.type = msg::OrderType::kSell;
      },
      tasks::place);
  struct KeyTask {
    std::string key;
  };
  commands.add<KeyTask>(
      "outcome", "show the final effect of a key; an unused key is voided, so that it never takes effect",
      "outcome 5f3k2...",
      [](CLI::App& command, KeyTask& task) { command.add_option("key", task.key, "key of the request")->required(); },
      [](const tasks::Common& common, const KeyTask& task) { return tasks::outcome(common, task.key); });
}

void add_keeping(Commands& commands) {
  commands.add<tasks::AddTask>(
      "add", "add an item", "add --title 'Spring in the Pioneer Valley' --topic travel --price 15.25 --stock 10",
      [](CLI::App& command, tasks::AddTask& task) {
        command.add_option("--title", task.title)->required();
        command.add_option("--topic", task.topic)->required();
        command.add_option("--price", task.price, "price of one piece, like 15.25")->required();
        command.add_option("--stock", task.stock, "number of pieces")->capture_default_str();
        command.add_option("--id", task.id, "id of the item (default: the next after the greatest)");
        command.add_option("--key", task.key, "key of the request (default: a random key)");
      },
      tasks::add);
  constexpr const char* kExpectVersion =
      "change nothing if the item has another version by now; lookup --json shows it";
  commands.add<tasks::PriceTask>(
      "price", "change an item's price", "price 2 34.50",
      [](CLI::App& command, tasks::PriceTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("amount", task.amount, "the new price, like 34.50")->required();
        command.add_option("--key", task.key, "key of the request (default: a random key)");
        command.add_option("--expect-version", task.expect_version, kExpectVersion);
      },
      tasks::price);
  commands.add<tasks::RestockTask>(
      "restock", "change an item's stock by a number of pieces", "restock 2 -3 --reason damaged",
      [](CLI::App& command, tasks::RestockTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("delta", task.delta, "number of pieces; negative to remove pieces")->required();
        command.add_option("--reason", task.reason, "reason, recorded in the event");
        command.add_option("--key", task.key, "key of the request (default: a random key)");
        command.add_option("--expect-version", task.expect_version, kExpectVersion);
      },
      tasks::restock);
  commands.add<tasks::ImportTask>(
      "import",
      "load items from a CSV file with the columns title, topic, price, stock and, if they are there, id and currency",
      "import samples/toys.csv",
      [](CLI::App& command, tasks::ImportTask& task) {
        command.add_option("file", task.file)->required();
        command.add_flag("--dry-run", task.dry_run, "only check the file");
        command.add_option("--currency", task.currency, "refuse a store with another currency")
            ->check(currency_code())
            ->type_name("CODE");
      },
      tasks::import_file);
  struct ExportTask {
    std::string what;
    bool csv = false;
  };
  commands.add<ExportTask>(
      "export", "write all items or orders as CSV", "export items --csv > items.csv",
      [](CLI::App& command, ExportTask& task) {
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"items", "orders"}));
        command.add_flag("--csv", task.csv, "write CSV (the only format)");
      },
      [](const tasks::Common& common, const ExportTask& task) {
        return task.what == "items" ? tasks::export_items(common) : tasks::export_orders(common);
      });
}

void add_watching(Commands& commands) {
  struct None {};
  commands.add<None>(
      "status", "show every process with state, applied seq, lag and digest; writer, watermark, leases", "status",
      [](CLI::App&, None&) {}, [](const tasks::Common& common, const None&) { return tasks::status(common); });
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
      "events", "show the events of the stream", "events --from 100 --follow",
      [](CLI::App& command, tasks::EventsTask& task) {
        command.add_option("--from", task.from, "seq of the first event to show")->capture_default_str();
        command.add_flag("--follow", task.follow, "wait for new events until interrupted");
      },
      tasks::events);
  struct TraceTask {
    std::string what;
    std::string item;
  };
  commands.add<TraceTask>(
      "trace", "make one request and show its time per tier", "trace buy 1",
      [](CLI::App& command, TraceTask& task) {
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"lookup", "buy"}));
        command.add_option("item", task.item, "id of the item")->required();
      },
      [](const tasks::Common& common, const TraceTask& task) { return tasks::trace(common, task.what, task.item); });
  commands.add<tasks::BenchTask>(
      "bench", "put load on the store, from clients that wait for their answers",
      "bench --op buy --items hot --clients 8 --inflight 8",
      [](CLI::App& command, tasks::BenchTask& task) {
        command.add_option("--op", task.op)
            ->check(CLI::IsMember({"lookup", "search", "buy", "order", "events", "mix"}))
            ->capture_default_str();
        command.add_option("--items", task.items)->check(CLI::IsMember({"uniform", "hot"}))->capture_default_str();
        command.add_option("--clients", task.clients)->check(CLI::Range(1U, 1000U))->capture_default_str();
        command.add_option("--inflight", task.inflight, "requests under way for each client")
            ->check(CLI::Range(1U, 1000U))
            ->capture_default_str();
        command.add_option("--seconds", task.seconds)->check(CLI::PositiveNumber)->capture_default_str();
        add_stale_ok(command, task.stale_ok_ms);
        command.add_option("--record", task.record, "write all requests and answers to FILE; see: pygmy check --help")
            ->type_name("FILE");
      },
      tasks::bench);
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

}  // namespace

void add_client_commands(CLI::App& app, int& exit_code) {
  Commands commands(app, exit_code);
  add_reading(commands);
  add_ordering(commands);
  add_keeping(commands);
  add_watching(commands);
  add_check(app, exit_code);
}

}  // namespace cli
