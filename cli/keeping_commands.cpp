// The command lines of add, price, edit, terms, restock, count, transfer, import and export.
#include <fmt/format.h>

#include "cli/client_commands.h"
#include "cli/options_checks.h"
#include "tasks/catalogue_file.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace cli {
namespace {

template <class Change>
void add_key_and_version(CLI::App& command, Change& task) {
  add_key(command, task.key);
  command.add_option("--expect-version", task.expect_version,
                     "change nothing if the item has another version by now; lookup shows it");
}

void add_to_place(CLI::App& command, const char* name, std::optional<std::string>& place, bool& opens) {
  command.add_option(name, place, "place of the pieces (default: main)");
  command.add_flag("--open", opens, "the place may be new: no item has pieces there yet");
}

void add_attributes(CLI::App& command, std::vector<std::string>& attributes) {
  command.add_option("--attribute", attributes, "a free attribute; give it again for others")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

}  // namespace

void add_keeping(Commands& commands) {
  commands.add<tasks::AddTask>(
      "add", "add an item", "add --title 'Spring in the Pioneer Valley' --topic travel --price 15.25 --stock 10",
      [](CLI::App& command, tasks::AddTask& task) {
        command.add_option("--title", task.title, "title of the item")->required();
        command.add_option("--topic", task.topics, "topic that lists it; give it again for further topics")
            ->required()
            ->allow_extra_args(false);
        command.add_option("--price", task.price, "price of one piece, like 15.25")->required();
        command
            .add_option("--stock", task.stock,
                        "number of pieces; all are at main: move some with `transfer` afterwards")
            ->capture_default_str();
        command.add_option("--description", task.description, "what people are to know of it");
        add_attributes(command, task.attributes);
        command.add_option("--id", task.id, "id of the item (default: the next after the greatest)");
        add_key(command, task.key);
      },
      tasks::add);
  commands.add<tasks::PriceTask>(
      "price", "change an item's price", "price 2 34.50",
      [](CLI::App& command, tasks::PriceTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("amount", task.amount, "the new price, like 34.50")->required();
        add_key_and_version(command, task);
      },
      tasks::price);
  commands.add<tasks::EditTask>(
      "edit",
      "change an item's title, topics, description, attributes or threshold (low), retire it, or bring it back. Its "
      "price, terms of sale, stock and places have commands of their own: price, terms, restock, count and transfer",
      "edit 2 --title 'RPCs for Everybody' --attribute pages=214",
      [](CLI::App& command, tasks::EditTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("--title", task.title, "the new title");
        command
            .add_option("--topic", task.topics,
                        "the new topic; given again, further topics, which replace those that the item had")
            ->allow_extra_args(false);
        command.add_flag("--one-topic", task.one_topic, "no topic besides the first one any more");
        auto* low =
            command.add_option("--low", task.low, "the stream tells if this many pieces or fewer are available")
                ->type_name("N")
                ->check(CLI::Range(std::int64_t{0}, msg::kStockMax));
        command
            .add_flag_callback(
                "--no-low", [&task] { task.low = msg::kNoLow.value(); }, "the stream does not tell it any more")
            ->excludes(low);
        auto* description = command.add_option("--description", task.description, "the new description");
        command
            .add_flag_callback(
                "--no-description", [&task] { task.description = ""; }, "remove the description")
            ->excludes(description);
        add_attributes(command, task.attributes);
        command
            .add_option("--no-attribute", task.removed, "remove the attribute of this name; give it again for others")
            ->type_name("NAME")
            ->allow_extra_args(false);
        auto* retire = command.add_flag_callback(
            "--retire", [&task] { task.retired = true; }, "sell it no more, and show it no more in searches");
        command
            .add_flag_callback(
                "--restore", [&task] { task.retired = false; }, "sell a retired item again")
            ->excludes(retire);
        add_key_and_version(command, task);
      },
      tasks::edit);
  commands.add<tasks::TermsTask>(
      "terms", "set the terms of sale of an item; they replace all that it had",
      "terms 2 --per-order 2 --per-customer 1 --window 24h --from 2026-12-01T00:00Z --until 2026-12-24T18:00Z",
      [](CLI::App& command, tasks::TermsTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("--per-order", task.per_order, "most pieces in one order or hold")->type_name("N");
        auto* per_customer = command
                                 .add_option("--per-customer", task.per_customer,
                                             "most pieces that a customer buys within --window, and holds")
                                 ->type_name("N");
        auto* window = command.add_option("--window", task.window_ms, "how long back a customer's pieces count");
        as_duration(window, 1)->needs(per_customer);
        per_customer->needs(window);
        command.add_option("--from", task.from, "for sale from this time on, in UTC")->type_name("TIME");
        command.add_option("--until", task.until, "for sale before this time, in UTC")->type_name("TIME");
        command.add_flag("--none", task.none, "remove all terms of sale");
        add_key_and_version(command, task);
      },
      tasks::terms);
  commands.add<tasks::RestockTask>(
      "restock", "change an item's stock by a number of pieces", "restock 2 -3 --reason damaged",
      [](CLI::App& command, tasks::RestockTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("delta", task.delta, "number of pieces; negative to remove pieces")->required();
        command.add_option("--reason", task.reason, "reason, recorded in the event");
        add_key_and_version(command, task);
        add_to_place(command, "--place", task.place, task.opens);
      },
      tasks::restock);
  commands.add<tasks::CountTask>(
      "count", "set an item's stock to the number of pieces that were counted", "count 2 17 --expect-version 1234",
      [](CLI::App& command, tasks::CountTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("stock", task.stock, "number of pieces at the place, with those that holds keep")
            ->required();
        command.add_option("--reason", task.reason, "reason, recorded in the event");
        add_key_and_version(command, task);
        add_to_place(command, "--place", task.place, task.opens);
      },
      tasks::count);
  commands.add<tasks::TransferTask>(
      "transfer", "move pieces of an item from one place to another; its stock stays as it is",
      "transfer 2 10 --to annex --open",
      [](CLI::App& command, tasks::TransferTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("quantity", task.quantity, "number of pieces")->required();
        command.add_option("--from", task.from, "place where the pieces are (default: main)");
        add_to_place(command, "--to", task.to, task.opens);
        command.add_option("--reason", task.reason, "reason, recorded in the event");
        add_key_and_version(command, task);
      },
      tasks::transfer);
  commands.add<tasks::ImportTask>(
      "import",
      fmt::format("load items from a CSV file with the columns {} and, if they are there, {}",
                  fmt::join(tasks::kNeededColumns, ", "), fmt::join(tasks::kOptionalColumns, ", ")),
      "import samples/toys.csv",
      [](CLI::App& command, tasks::ImportTask& task) {
        command.add_option("file", task.file, "the file; - for standard input")->required();
        command.add_flag("--dry-run", task.dry_run,
                         "only check the file; with --update also tell what differs in the store");
        command.add_flag("--update", task.update,
                         "give items that the store has the values of the file, and add the others");
        command.add_option("--currency", task.currency, "refuse a store with another currency")
            ->check(currency_code())
            ->type_name("CODE");
      },
      tasks::import_file);
  struct ExportTask {
    std::string what;
    bool csv = false;
    bool json_lines = false;
  };
  commands.add<ExportTask>(
      "export",
      "write all items, orders, open holds or movements of stock as CSV, or as one JSON object per line. Items, lines "
      "of orders and movements tell their places; a hold has none. Only items can be imported, because the store "
      "decides every order itself. To carry a store elsewhere, use backup and restore",
      "export items --csv > items.csv",
      [](CLI::App& command, ExportTask& task) {
        command.add_option("what", task.what, "items, orders, holds or movements")
            ->required()
            ->check(CLI::IsMember({"items", "orders", "holds", "movements"}));
        command.add_flag("--csv", task.csv, "write CSV (the default)");
        command.add_flag("--json-lines", task.json_lines, "write one JSON object per line, as --json does");
      },
      [](tasks::Common common, const ExportTask& task) {
        common.json = common.json || task.json_lines;
        if (task.csv && common.json) return tasks::usage_error("--csv and --json are two formats: leave one out");
        if (task.what == "items") return tasks::export_items(common);
        if (task.what == "orders") return tasks::export_orders(common);
        return task.what == "holds" ? tasks::export_holds(common) : tasks::export_movements(common);
      });
}

}  // namespace cli
