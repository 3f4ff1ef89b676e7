#include "cli/commands.h"

#include <CLI/CLI.hpp>

#include "cli/client_commands.h"
#include "cli/options_checks.h"
#include "keys/keys.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace cli {
namespace {

void add_limit(CLI::App& command, std::uint32_t& limit) {
  command.add_option("--limit", limit, "show at most this many")
      ->check(CLI::Range(1U, msg::kPageMax))
      ->capture_default_str();
}

void add_report(Commands& commands) {
  struct ReportTask {
    std::string what;
    std::string by = "day";
    tasks::SalesTask sales;
  };
  commands.add<ReportTask>(
      "report",
      "tell what was sold: pieces and money, in all, taken back and net, by day, topic, item or place. What was taken "
      "back counts on the day of its order, and at the place that it came from",
      "report sales --by topic --from 2026-11-01 --to 2026-11-30",
      [](CLI::App& command, ReportTask& task) {
        auto& sales = task.sales;
        command.add_option("what", task.what)->required()->check(CLI::IsMember({"sales"}));
        command.add_option("--by", task.by, "make a row for each of them")
            ->check(CLI::IsMember({"day", "topic", "item", "place"}))
            ->capture_default_str();
        command.add_option("--from", sales.from, "only orders from this time or day on; times are in UTC")
            ->type_name("TIME|DATE");
        command.add_option("--to", sales.to, "only orders up to this time or day, and including it")
            ->type_name("TIME|DATE");
        command.add_option("--utc-offset", sales.offset, "how far the clock of the days is from UTC, like -03:00")
            ->type_name("+HH:MM")
            ->capture_default_str();
        command.add_flag("--csv", sales.csv, "write CSV");
      },
      [](const tasks::Common& common, ReportTask task) {
        if (task.sales.csv && common.json) return tasks::usage_error("--csv and --json are two formats: leave one out");
        if (task.by == "topic") task.sales.by = tasks::SalesBy::kTopic;
        if (task.by == "item") task.sales.by = tasks::SalesBy::kItem;
        if (task.by == "place") task.sales.by = tasks::SalesBy::kPlace;
        return tasks::report_sales(common, task.sales);
      });
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
        auto* topic =
            command.add_option("--topic", task.topic, "only items of this topic; the whole topic, in any case");
        auto* text =
            command.add_option("--text", task.text, "only items whose title has all these words or word beginnings");
        auto* retired =
            command
                .add_flag("--retired", task.retired,
                          "retired items, too; with --topic, this command reads all items of the store to find them")
                ->excludes(text);
        command.add_flag("--low", task.low, "only items that are low: edit --low")
            ->excludes(topic)
            ->excludes(text)
            ->excludes(retired);
        command.add_option("--after", task.after, "continue after this number: the one that the page before gave");
        add_limit(command, task.limit);
        add_stale_ok(command, task.stale_ok_ms);
      },
      tasks::search);
  struct OrderTask {
    std::uint64_t no = 0;
  };
  commands.add<OrderTask>(
      "show-order", "show one order; `pygmy order NO` is the same", "order 17",
      [](CLI::App& command, OrderTask& task) {
        command.add_option("order", task.no, "number of the order; `pygmy orders` lists them")->required();
      },
      [](const tasks::Common& common, const OrderTask& task) { return tasks::order(common, task.no); });
  commands.add<tasks::OrdersTask>(
      "orders", "list orders, the newest first", "orders --customer ann --since 2026-11-21 --until 2026-11-22",
      [](CLI::App& command, tasks::OrdersTask& task) {
        command.add_option("--customer", task.customer, "only orders of this customer");
        command.add_option("--since", task.since, "only orders from this time on, in UTC")->type_name("TIME|DATE");
        command.add_option("--until", task.until, "only orders before this time, in UTC")->type_name("TIME|DATE");
        command.add_flag("--oldest", task.oldest, "the oldest first");
        auto* before = command.add_option("--before", task.before, "only orders before this number: for the next page");
        command.add_option("--after", task.after, "only orders after this number, the oldest first")->excludes(before);
        add_limit(command, task.limit);
      },
      tasks::orders);
  add_report(commands);
  commands.add<tasks::MovementsTask>(
      "movements", "list what moved an item's stock, or what is held of it, the newest first", "movements 2 --limit 20",
      [](CLI::App& command, tasks::MovementsTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
        command.add_option("--before", task.before, "only movements before this seq: for the next page");
        add_limit(command, task.limit);
      },
      tasks::movements);
  commands.add<tasks::HistoryTask>(
      "history", "list all that happened to an item: who changed what, from what to what, the newest last", "history 2",
      [](CLI::App& command, tasks::HistoryTask& task) {
        command.add_option("item", task.item, "id of the item")->required();
      },
      tasks::item_history);
}

void describe_place(CLI::App& command, tasks::PlaceTask& task) {
  command.add_option("items", task.items, "items to order, all or none; N is the quantity")
      ->required()
      ->type_name("ID[:N]");
  command.add_option("--qty", task.quantity, "quantity, if the order has one item")
      ->check(CLI::Range(std::int64_t{1}, msg::kLineQuantityMax));
  command.add_option("--customer", task.customer, "name of the customer");
  add_key(command, task.key);
  command.add_option("--expect-price", task.expect_price, "refuse the order if the item has another price");
}

void add_ttl(CLI::App& command, std::uint64_t& ttl_ms, const char* what) {
  as_duration(command.add_option("--ttl", ttl_ms, what), 1, static_cast<std::uint64_t>(msg::kHoldMsMax));
}

void describe_change(CLI::App& command, tasks::HoldChangeTask& task) {
  command.add_option("hold", task.no, "number of the hold")->required();
  add_key(command, task.key);
}

void add_holding(Commands& commands) {
  commands.add<tasks::HoldTask>(
      "hold", "keep pieces for a customer for some time; `pygmy hold show NO` shows a hold",
      "hold 1:2 3 --customer ann --ttl 10m",
      [](CLI::App& command, tasks::HoldTask& task) {
        command.add_option("items", task.items, "items to hold, all or none; N is the quantity")
            ->required()
            ->type_name("ID[:N]");
        add_ttl(command, task.ttl_ms, "how long to hold them (90s, 10m; at most a day; default: 10m)");
        command.add_option("--customer", task.customer, "name of the customer");
        add_key(command, task.key);
        command.add_option("--expect-price", task.expect_price, "refuse the hold if the item has another price");
      },
      tasks::hold);
  commands.add<tasks::HoldChangeTask>(
      "confirm", "buy what a hold keeps, at the price of the hold; what is not bought is available again",
      "confirm 4 1:1",
      [](CLI::App& command, tasks::HoldChangeTask& task) {
        describe_change(command, task);
        command
            .add_option("items", task.items, "items of the hold, all or none; N is the quantity (default: all of them)")
            ->type_name("ID[:N]");
      },
      tasks::confirm_hold);
  commands.add<tasks::HoldChangeTask>(
      "extend", "move the end of a hold to a later time", "extend 4 --ttl 10m",
      [](CLI::App& command, tasks::HoldChangeTask& task) {
        describe_change(command, task);
        add_ttl(command, task.ttl_ms, "how long it is to be open from now on at least (default: 10m)");
      },
      tasks::extend_hold);
  commands.add<tasks::HoldChangeTask>("release", "end a hold; its pieces are available again", "release 4",
                                      describe_change, tasks::release_hold);
  struct HoldNoTask {
    std::uint64_t no = 0;
  };
  commands.add<HoldNoTask>(
      "show-hold", "show one hold; `pygmy hold show NO` is the same", "hold show 4",
      [](CLI::App& command, HoldNoTask& task) { command.add_option("no", task.no, "number of the hold")->required(); },
      [](const tasks::Common& common, const HoldNoTask& task) { return tasks::show_hold(common, task.no); });
  commands.add<tasks::HoldsTask>(
      "holds", "list the open holds", "holds --customer ann",
      [](CLI::App& command, tasks::HoldsTask& task) {
        command.add_option("--customer", task.customer, "only holds of this customer");
        command.add_option("--after", task.after, "only holds after this number");
        add_limit(command, task.limit);
      },
      tasks::holds);
}

void add_ordering(Commands& commands) {
  commands.add<tasks::PlaceTask>(
      "buy", "buy items; one atomic order", "buy 1:2 3 --customer ann",
      [](CLI::App& command, tasks::PlaceTask& task) {
        describe_place(command, task);
        command.add_option("--place", task.place,
                           "take all pieces from this place (default: from main, then from the others by their names)");
      },
      tasks::place);
  commands.add<tasks::PlaceTask>(
      "sell", "sell items to the store, which takes the pieces in; one atomic order", "sell 1 --qty 5",
      [](CLI::App& command, tasks::PlaceTask& task) {
        describe_place(command, task);
        task.type = msg::OrderType::kSell;
      },
      tasks::place);
  commands.add<tasks::CancelTask>(
      "cancel", "cancel an order or pieces of it; the pieces go back into the stock",
      "cancel 17 1:2 --reason 'too many'",
      [](CLI::App& command, tasks::CancelTask& task) {
        command.add_option("order", task.no, "number of the order")->required();
        command
            .add_option("items", task.items,
                        "items of the order, all or none; N is the quantity (default: everything that remains)")
            ->type_name("ID[:N]");
        auto* returned = command.add_flag_callback(
            "--return", [&task] { task.kind = msg::CancelKind::kReturn; }, "the customer has sent the pieces back");
        command
            .add_flag_callback(
                "--scrap", [&task] { task.kind = msg::CancelKind::kScrap; },
                "the customer has sent the pieces back, and they are not sold again: the stock stays as it is")
            ->excludes(returned);
        command.add_option("--reason", task.reason, "reason, recorded in the event");
        add_key(command, task.key);
      },
      tasks::cancel);
  add_holding(commands);
  struct KeyTask {
    std::string key;
  };
  commands.add<KeyTask>(
      "outcome", "show the final effect of a key; an unused key is voided, so that it never takes effect",
      "outcome 5f3k2...",
      [](CLI::App& command, KeyTask& task) { command.add_option("key", task.key, "key of the request")->required(); },
      [](const tasks::Common& common, const KeyTask& task) { return tasks::outcome(common, task.key); });
}

void add_access(Commands& commands) {
  commands.add<tasks::GrantTask>(
      "grant", "give a new token the rights of a role, and print it; it is not shown again",
      "grant buyer --customer ann --expires 30d",
      [](CLI::App& command, tasks::GrantTask& task) {
        command.add_option("role", task.role, "reader, buyer, clerk, operator or admin")
            ->required()
            ->check(CLI::IsMember({"reader", "buyer", "clerk", "operator", "admin"}));
        command.add_option("--customer", task.customer, "customer of a buyer: it sees this customer's orders only");
        command.add_option("--label", task.label, "a note for the list of credentials");
        as_duration(command.add_option("--expires", task.expires_in_ms,
                                       "how long the token is valid (12h, 30d; default: for ever)"),
                    1);
        command
            .add_option("--client-key", task.client_key,
                        "give the rights to a client's key instead: its key file, or its public key")
            ->type_name("FILE|KEY");
      },
      [](const tasks::Common& common, tasks::GrantTask task) {
        if (!task.client_key.empty()) task.client_key = keys::client_key(task.client_key);
        return tasks::grant(common, task);
      });
  struct RevokeTask {
    std::uint64_t id = 0;
  };
  commands.add<RevokeTask>(
      "revoke", "end the rights of a token or a key at once", "revoke 12",
      [](CLI::App& command, RevokeTask& task) {
        command.add_option("id", task.id, "id of the credential; `pygmy credentials` lists them")->required();
      },
      [](const tasks::Common& common, const RevokeTask& task) { return tasks::revoke(common, task.id); });
  struct Nothing {};
  commands.add<Nothing>(
      "credentials", "list the credentials that were granted", "credentials --json", [](CLI::App&, Nothing&) {},
      [](const tasks::Common& common, const Nothing&) { return tasks::credentials(common); });
  commands.add<Nothing>(
      "whoami", "show the role of your token or key, or what clients without a credential may do", "whoami --json",
      [](CLI::App&, Nothing&) {}, [](const tasks::Common& common, const Nothing&) { return tasks::whoami(common); });
}

}  // namespace

void add_client_commands(CLI::App& app, int& exit_code) {
  Commands commands(app, exit_code);
  add_reading(commands);
  add_ordering(commands);
  add_keeping(commands);
  add_access(commands);
  add_watching(commands);
  add_load(commands);
  add_check(app, exit_code);
}

}  // namespace cli
