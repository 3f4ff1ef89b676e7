#include "cli/backup_commands.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "books/books.h"
#include "cli/commands_shared.h"
#include "cli/etcd_options.h"
#include "cli/options_checks.h"
#include "cli/options_lists.h"

namespace cli {
namespace {

constexpr std::uint64_t kPatienceMs = 30'000;  // long enough for the restart of a broker
constexpr std::uint64_t kTrimMs = 5'000;

CLI::Option* add_brokers_to_ask(CLI::App& command, std::vector<base::Endpoint>& brokers, const char* what) {
  brokers = {"tcp://127.0.0.1:7400"};
  return add_list(command, "--brokers", brokers, broker_endpoint(), what)
      ->default_str("tcp://127.0.0.1:7400")
      ->type_name("tcp://HOST:PORT[,...]");
}

// Adds the options of the frontends that note the act. The result makes them once the command line is read. Without
// --frontend, brokers that are named may be of another store than the frontends at the default ports.
std::function<tasks::Common()> add_noting(CLI::App& command, const CLI::Option* brokers) {
  auto shared = std::make_shared<Shared>();
  const auto* frontends = add_frontends(
      command, *shared, "the frontends that note in the stream who did this; none by default with --brokers");
  add_token_file(command, *shared);
  return [shared, brokers, frontends] {
    auto common = shared->common();
    if (brokers->count() > 0 && frontends->count() == 0) common.frontends.clear();
    return common;
  };
}

void add_backup(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("backup", "copy the stream of a running store, and verify the copy");
  auto task = std::make_shared<books::BackupTask>();
  auto patience_ms = std::make_shared<std::uint64_t>(kPatienceMs);
  command
      ->add_option("dir", task->directory,
                   "directory of the backup; created if missing; an existing backup is continued")
      ->required()
      ->type_name("DIR");
  const auto noted_by =
      add_noting(*command, add_brokers_to_ask(*command, task->brokers, "the brokers to ask, in this order"));
  as_duration(command->add_option("--timeout", *patience_ms, "how long to wait for a broker that does not answer"))
      ->default_str("30s");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "The store keeps running meanwhile. A later run on the same directory copies only the new blocks.\n"
      "An interrupted run is continued by the next one.\n"
      "Example: pygmy backup /var/backups/shop");
  command->callback([&exit_code, task, patience_ms, noted_by] {
    task->patience = std::chrono::milliseconds(*patience_ms);
    task->noted_by = noted_by();
    task->noted_by.json = task->json;
    exit_code = books::backup(*task);
  });
}

void add_verify(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("verify", "check every block of a backup, the books and the digests. Exit code 1: not sound");
  auto task = std::make_shared<books::VerifyTask>();
  command->add_option("dir", task->directory, "the backup")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_flag("--json", task->json, "print JSON");
  command->footer("Example: pygmy verify /var/backups/shop");
  command->callback([&exit_code, task] { exit_code = books::verify(*task); });
}

void add_rescue(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("rescue", "make a backup from the archives of brokers, when etcd or the store is lost");
  auto task = std::make_shared<books::RescueTask>();
  command->add_option("dir", task->directory, "directory for the new backup; created if missing, must be empty")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--from", task->from,
                   "data directory of a broker, or a backup; repeat it to name several, which make one stream")
      ->required()
      ->allow_extra_args(false)
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "rescue asks no process, and no process may use the directories meanwhile. It refuses archives that do not\n"
      "agree, because one of them is of another history. If events were trimmed, name a backup that has them with\n"
      "--from, too.\n"
      "Example: pygmy rescue ./rescued --from ./data/broker-1 --from ./data/broker-2\n"
      "Example: pygmy rescue ./rescued --from ./data/broker-1 --from /var/backups/shop\n"
      "Then: pygmy restore ./rescued --data ./data-2 --cluster");
  command->callback([&exit_code, task] { exit_code = books::rescue(*task); });
}

void add_restore(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("restore", "make a data directory from a backup, as of its end or of an earlier moment");
  auto task = std::make_shared<books::RestoreTask>();
  command->add_option("dir", task->directory, "the backup")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_option("--data", task->data, "the new data directory; created if missing, must be empty")
      ->required()
      ->type_name("NEWDIR");
  auto* seq =
      command->add_option("--to-seq", task->to_seq, "restore up to the last block that ends at or before this seq");
  command
      ->add_option("--to-time", task->to_time, "restore up to the last block that ends at or before this time, in UTC")
      ->type_name("TIME")
      ->excludes(seq);
  auto* journal = add_journal(*command, task->journal);
  auto* etcd = add_etcd(*command, task->etcd)->needs(journal);
  auto* cluster = command->add_flag("--cluster", task->cluster,
                                    "restore for `up --cluster`, with an etcd of three members in the data directory");
  cluster->excludes(etcd)->excludes(command->get_option("--etcd-ca"));
  command
      ->add_flag("--secure", task->secure,
                 "with --cluster: make keys for the store, and certificates for its etcd, in keys/ of NEWDIR")
      ->needs(cluster);
  command->add_flag("--insecure", task->insecure, "use --etcd without certificates, also where other machines reach it")
      ->needs(journal)
      ->excludes(cluster);
  command->add_option("--port-base", task->port_base, "with --cluster: the --port-base of the `up` that will run there")
      ->check(CLI::Range(1024u, 65460u))
      ->needs(cluster)
      ->capture_default_str();
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "First stop the store that the new one replaces. Do not copy any of its data into the new directory.\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --to-time 2026-11-21T18:42:49Z\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --cluster --secure\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --journal etcd --etcd etcd-1:2379,etcd-2:2379 \\\n"
      "           --etcd-ca ca.pem --etcd-cert broker.pem --etcd-key broker.key");
  command->callback([&exit_code, task] {
    if (task->cluster) task->journal = "etcd";
    exit_code = books::restore(*task);
  });
}

void add_trim(CLI::App& app, int& exit_code) {
  auto* stream = app.add_subcommand("stream", "maintain the stream that the brokers keep")->require_subcommand(1);
  auto* command = stream->add_subcommand("trim", "have the brokers remove the events before a seq");
  auto task = std::make_shared<books::TrimTask>();
  auto timeout_ms = std::make_shared<std::uint64_t>(kTrimMs);
  command->add_option("--before", task->before, "the first seq to keep; the block that holds it stays whole")
      ->required()
      ->type_name("SEQ");
  const auto noted_by = add_noting(*command, add_brokers_to_ask(*command, task->brokers, "all brokers of the store"));
  auto* backup = command->add_option("--backup", task->backup, "a backup that has the removed events")
                     ->check(CLI::ExistingDirectory)
                     ->type_name("DIR");
  command->add_flag("--without-backup", task->without_backup, "trim without a backup: the removed events are lost")
      ->excludes(backup);
  command->add_flag("--dry-run", task->dry_run, "only say whether the trim is possible");
  as_duration(command->add_option("--timeout", *timeout_ms, "how long to wait for a broker that does not answer"))
      ->default_str("5s");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "trim is refused while a process still has to apply events that would be removed. It is also refused while "
      "fewer\n"
      "than two catalog and two order replicas have views beyond those events on stable storage, because a lost view\n"
      "is then rebuilt from a peer's view.\n"
      "Example: pygmy backup /var/backups/shop; pygmy stream trim --before 1000000 --backup /var/backups/shop");
  command->callback([&exit_code, task, timeout_ms, noted_by] {
    task->timeout = std::chrono::milliseconds(*timeout_ms);
    task->noted_by = noted_by();
    task->noted_by.timeout = task->timeout;
    task->noted_by.json = task->json;
    exit_code = books::trim(*task);
  });
}

// The options of all forms of `at`. They live as long as the app.
struct AtOptions {
  Shared shared;
  books::Past past;
  tasks::LookupTask lookup;
  tasks::SearchTask search;
  tasks::MovementsTask movements;
  tasks::HoldsTask holds;
  std::uint64_t no = 0;
};

void add_at(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("at", "show the store as it was at a seq, from its stream or from a backup");
  auto options = std::make_shared<AtOptions>();
  command->add_option("seq", options->past.seq, "the seq")->required()->type_name("SEQ");
  command->add_option("--backup", options->past.backup, "use this backup instead of a running store")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  add_shared_options(*command, options->shared);
  command->require_subcommand(1);
  command->footer("Example: pygmy at 100 lookup 2, pygmy at 100 order 17 --backup /var/backups/shop");

  const auto form = [&](const char* name, const char* what, const char* example, auto run) {
    auto* sub = command->add_subcommand(name, what)->fallthrough();
    sub->footer(std::string("Example: pygmy at 100 ") + example);
    sub->callback([&exit_code, options, run] { exit_code = run(options->shared.common(), *options); });
    return sub;
  };
  auto* lookup = form("lookup", "show one item", "lookup 2", [](const tasks::Common& common, const AtOptions& at) {
    return books::lookup_at(common, at.past, at.lookup);
  });
  add_item(*lookup, options->lookup);
  form("order", "show one order", "order 17",
       [](const tasks::Common& common, const AtOptions& at) { return books::order_at(common, at.past, at.no); })
      ->add_option("order", options->no, "number of the order")
      ->required();
  auto* search = form(
      "search", "find items by topic, by words of the title, or all", "search --topic travel",
      [](const tasks::Common& common, const AtOptions& at) { return books::search_at(common, at.past, at.search); });
  search->add_option("--topic", options->search.topic, "only items of this topic; the whole topic, in any case");
  search->add_option("--text", options->search.text, "only items whose title has all these words or word beginnings");
  search->add_option("--after", options->search.after, "show items after this id");
  const auto add_limit = [](CLI::App& sub, std::uint32_t& limit, const char* what) {
    sub.add_option("--limit", limit, what)->check(CLI::Range(1U, msg::kPageMax))->capture_default_str();
  };
  add_limit(*search, options->search.limit, "show at most this many items");
  auto* movements = form("movements", "list what moved an item's stock, or what is held of it, the newest first",
                         "movements 2", [](const tasks::Common& common, const AtOptions& at) {
                           return books::movements_at(common, at.past, at.movements);
                         });
  movements->add_option("item", options->movements.item, "id of the item")->required();
  movements->add_option("--before", options->movements.before, "only movements before this seq: for the next page");
  add_limit(*movements, options->movements.limit, "show at most this many movements");
  auto* holds =
      form("holds", "list the holds that were open", "holds --customer ann",
           [](const tasks::Common& common, const AtOptions& at) { return books::holds_at(common, at.past, at.holds); });
  holds->add_option("--customer", options->holds.customer, "only holds of this customer");
  holds->add_option("--after", options->holds.after, "only holds after this number");
  add_limit(*holds, options->holds.limit, "show at most this many holds");
}

}  // namespace

void add_backup_commands(CLI::App& app, int& exit_code) {
  add_backup(app, exit_code);
  add_verify(app, exit_code);
  add_rescue(app, exit_code);
  add_restore(app, exit_code);
  add_trim(app, exit_code);
  add_at(app, exit_code);
}

}  // namespace cli
