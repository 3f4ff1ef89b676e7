#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands_shared.h"
#include "cli/tasks.h"

namespace cli {
namespace {

// One per command, alive as long as the app.
template <class Task>
struct Call {
  Shared shared;
  Task task;
};

class Commands {
 public:
  Commands(CLI::App& app, int& exit_code) : app_(app), exit_code_(exit_code) {}

  // A command whose options fill in a Task; `describe` adds them, `run` carries it out.
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
                                 "if nothing current can be had, accept an answer that is this old at most"));
}

void add_page(CLI::App& command, std::optional<std::uint64_t>& after, std::uint32_t& limit) {
  command.add_option("--after", after, "continue after this one");
  command.add_option("--limit", limit, "at most this many")
      ->check(CLI::Range(1U, msg::kPageMax))
      ->capture_default_str();
}

void add_reading(Commands& commands) {
  commands.add<LookupTask>(
      "lookup", "show one item", "lookup 2",
      [](CLI::App& command, LookupTask& task) {
        command.add_option("what", task.what, "its id, or its title")->required()->type_name("ID|TITLE");
        add_stale_ok(command, task.stale_ok_ms);
        command.add_flag("--fresh", task.fresh, "past the frontend's cache");
      },
      lookup);
  commands.add<SearchTask>(
      "search", "find items by topic, by words of the title, or all", "search --topic 'distributed systems' --text rpc",
      [](CLI::App& command, SearchTask& task) {
        command.add_option("--topic", task.topic, "the topic, whole");
        command.add_option("--text", task.text, "words, or their beginnings, all of them");
        add_page(command, task.after, task.limit);
        add_stale_ok(command, task.stale_ok_ms);
      },
      search);
  struct OrderTask {
    std::uint64_t no = 0;
  };
  commands.add<OrderTask>(
      "show-order", "show one order; `pygmy order NO` is the same", "order 17",
      [](CLI::App& command, OrderTask& task) { command.add_option("no", task.no, "its number")->required(); },
      [](const Common& common, const OrderTask& task) { return order(common, task.no); });
  commands.add<OrdersTask>(
      "orders", "list orders", "orders --customer ann --limit 10",
      [](CLI::App& command, OrdersTask& task) {
        command.add_option("--customer", task.customer, "of this customer only");
        add_page(command, task.after, task.limit);
      },
      orders);
}

void describe_place(CLI::App& command, PlaceTask& task) {
  command.add_option("items", task.items, "items to order, together or not at all")->required()->type_name("ID[:N]");
  command.add_option("--qty", task.quantity, "how many, for one item")
      ->check(CLI::Range(std::int64_t{1}, msg::kLineQuantityMax));
  command.add_option("--customer", task.customer, "for whom");
  command.add_option("--key", task.key, "the request's key: the same key takes effect once (random if missing)");
  command.add_option("--expect-price", task.expect_price, "refuse if the item costs anything else");
}

void add_ordering(Commands& commands) {
  commands.add<PlaceTask>("buy", "buy items; one atomic order", "buy 1:2 3 --customer ann", describe_place, place);
  commands.add<PlaceTask>(
      "sell", "sell items to the store, which takes them in; recorded as an order", "sell 1 --qty 5",
      [](CLI::App& command, PlaceTask& task) {
        describe_place(command, task);
        task.type = msg::OrderType::kSell;
      },
      place);
  struct KeyTask {
    std::string key;
  };
  commands.add<KeyTask>(
      "outcome", "what became of a key; one that did nothing is voided, so the answer is final", "outcome 5f3k2...",
      [](CLI::App& command, KeyTask& task) { command.add_option("key", task.key, "the request's key")->required(); },
      [](const Common& common, const KeyTask& task) { return outcome(common, task.key); });
}

void add_keeping(Commands& commands) {
  commands.add<AddTask>(
      "add", "add an item", "add --title 'Spring in the Pioneer Valley' --topic travel --price 15.25 --stock 10",
      [](CLI::App& command, AddTask& task) {
        command.add_option("--title", task.title)->required();
        command.add_option("--topic", task.topic)->required();
        command.add_option("--price", task.price, "for one piece, like 15.25")->required();
        command.add_option("--stock", task.stock, "pieces")->capture_default_str();
        command.add_option("--id", task.id, "the next free one if missing");
        command.add_option("--key", task.key, "the request's key");
      },
      add);
  struct PriceTask {
    std::uint64_t item = 0;
    std::string amount;
    std::string key;
  };
  commands.add<PriceTask>(
      "price", "change an item's price", "price 2 34.50",
      [](CLI::App& command, PriceTask& task) {
        command.add_option("item", task.item, "its id")->required();
        command.add_option("amount", task.amount, "the new price")->required();
        command.add_option("--key", task.key, "the request's key");
      },
      [](const Common& common, const PriceTask& task) { return price(common, task.item, task.amount, task.key); });
  commands.add<RestockTask>(
      "restock", "change an item's stock by so many pieces", "restock 2 -3 --reason damaged",
      [](CLI::App& command, RestockTask& task) {
        command.add_option("item", task.item, "its id")->required();
        command.add_option("delta", task.delta, "pieces, negative to take away")->required();
        command.add_option("--reason", task.reason, "for the books");
        command.add_option("--key", task.key, "the request's key");
      },
      restock);
  struct ImportTask {
    std::string file;
    bool dry_run = false;
  };
  commands.add<ImportTask>(
      "import", "load items from a CSV file with the columns id (optional), title, topic, price, stock",
      "import samples/toys.csv",
      [](CLI::App& command, ImportTask& task) {
        command.add_option("file", task.file)->required();
        command.add_flag("--dry-run", task.dry_run, "check the file, load nothing");
      },
      [](const Common& common, const ImportTask& task) { return import_file(common, task.file, task.dry_run); });
  struct ExportTask {
    std::string what;
    bool csv = false;
  };
  commands.add<ExportTask>(
      "export", "write all items or orders as CSV", "export items --csv > items.csv",
      [](CLI::App& command, ExportTask& task) {
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"items", "orders"}));
        command.add_flag("--csv", task.csv, "as CSV (the only form there is)");
      },
      [](const Common& common, const ExportTask& task) {
        return task.what == "items" ? export_items(common) : export_orders(common);
      });
}

void add_watching(Commands& commands) {
  struct None {};
  commands.add<None>(
      "status", "every process: state, applied seq, lag, digest; writer, watermark, leases", "status",
      [](CLI::App&, None&) {}, [](const Common& common, const None&) { return status(common); });
  commands.add<EventsTask>(
      "events", "the stream of events", "events --from 100 --follow",
      [](CLI::App& command, EventsTask& task) {
        command.add_option("--from", task.from, "first seq")->capture_default_str();
        command.add_flag("--follow", task.follow, "wait for more");
      },
      events);
  struct TraceTask {
    std::string what;
    std::string item;
  };
  commands.add<TraceTask>(
      "trace", "one request, with its time per tier", "trace buy 1",
      [](CLI::App& command, TraceTask& task) {
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"lookup", "buy"}));
        command.add_option("item", task.item, "its id")->required();
      },
      [](const Common& common, const TraceTask& task) { return trace(common, task.what, task.item); });
  commands.add<BenchTask>(
      "bench", "load, from clients that each wait for their answers",
      "bench --op buy --items hot --clients 8 --inflight 8",
      [](CLI::App& command, BenchTask& task) {
        command.add_option("--op", task.op)
            ->check(CLI::IsMember({"lookup", "search", "buy", "order", "events", "mix"}))
            ->capture_default_str();
        command.add_option("--items", task.items)->check(CLI::IsMember({"uniform", "hot"}))->capture_default_str();
        command.add_option("--clients", task.clients)->check(CLI::Range(1U, 1000U))->capture_default_str();
        command.add_option("--inflight", task.inflight, "requests under way per client")
            ->check(CLI::Range(1U, 1000U))
            ->capture_default_str();
        command.add_option("--seconds", task.seconds)->check(CLI::PositiveNumber)->capture_default_str();
        add_stale_ok(command, task.stale_ok_ms);
        command.add_option("--record", task.record, "write down what was asked and answered; see: pygmy check --help")
            ->type_name("FILE");
      },
      bench);
  commands.add<AuditTask>(
      "audit", "go over the books: stock, order numbers, digests, caches", "audit",
      [](CLI::App& command, AuditTask& task) {
        command.add_option("--data", task.data, "look at the files of the views in this directory, too")
            ->check(CLI::ExistingDirectory)
            ->type_name("DIR");
        command.add_option("--backup", task.backup, "has what was trimmed from the stream")
            ->check(CLI::ExistingDirectory)
            ->type_name("DIR");
      },
      audit);
}

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "check",
      "could one shop have given all the answers of these records? 1: no, 2: a file is broken, 3: not decided");
  auto task = std::make_shared<CheckTask>();
  command->add_option("files", task->files, "of `bench --record`, of one machine")->required()->type_name("FILE");
  command->add_flag("--json", task->json, "print JSON");
  command->footer("Example: pygmy bench --op mix --record a.jsonl; pygmy check a.jsonl");
  command->callback([&exit_code, task] { exit_code = check(*task); });
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
