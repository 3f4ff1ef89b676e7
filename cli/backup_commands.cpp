#include "cli/backup_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/backups.h"
#include "cli/commands_shared.h"
#include "cli/options_checks.h"
#include "cli/options_lists.h"

namespace cli {
namespace {

constexpr std::uint64_t kPatienceMs = 30'000;  // a broker that is restarted meanwhile is waited for
constexpr std::uint64_t kTrimMs = 5'000;

void add_brokers(CLI::App& command, std::vector<base::Endpoint>& brokers, const char* what) {
  brokers = {"tcp://127.0.0.1:7400"};
  add_list(command, "--brokers", brokers, broker_endpoint(), what)
      ->default_str("tcp://127.0.0.1:7400")
      ->type_name("EP[,EP...]");
}

void add_backup(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("backup", "copy the stream of a running store, and go over it");
  auto task = std::make_shared<BackupTask>();
  auto patience_ms = std::make_shared<std::uint64_t>(kPatienceMs);
  command->add_option("dir", task->directory, "where to; made if missing; what is there already is gone on with")
      ->required()
      ->type_name("DIR");
  add_brokers(*command, task->brokers, "brokers to copy from, the first one first");
  as_duration(command->add_option("--timeout", *patience_ms, "how long a broker that does not answer is waited for"))
      ->default_str("30s");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "The store runs on meanwhile. Again on the same directory it copies what is new; interrupted, it goes on.\n"
      "Example: pygmy backup /var/backups/shop --brokers tcp://127.0.0.1:7400");
  command->callback([&exit_code, task, patience_ms] {
    task->patience = std::chrono::milliseconds(*patience_ms);
    exit_code = backup(*task);
  });
}

void add_verify(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("verify", "go over a backup: every block, the books, the digests. 1: not sound");
  auto task = std::make_shared<VerifyTask>();
  command->add_option("dir", task->directory, "the backup")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_flag("--json", task->json, "print JSON");
  command->footer("Example: pygmy verify /var/backups/shop");
  command->callback([&exit_code, task] { exit_code = verify(*task); });
}

void add_rescue(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("rescue", "make a backup out of the archives of brokers, when etcd or the store is lost");
  auto task = std::make_shared<RescueTask>();
  command->add_option("dir", task->directory, "the backup that is made; made if missing, must be empty")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--from", task->from,
                   "the data directory of a broker, or a backup; given several times, they make one stream")
      ->required()
      ->allow_extra_args(false)
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "No process is asked, and none may use the directories. Archives that do not agree are refused: one of them is "
      "of\n"
      "another history. What was trimmed is in a backup: name it with --from, too.\n"
      "Example: pygmy rescue ./rescued --from ./data/broker-1 --from ./data/broker-2\n"
      "Example: pygmy rescue ./rescued --from ./data/broker-1 --from /var/backups/shop\n"
      "Then: pygmy restore ./rescued --data ./data-2 --cluster");
  command->callback([&exit_code, task] { exit_code = rescue(*task); });
}

void add_restore(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("restore", "make a data directory out of a backup, as of its end or before");
  auto task = std::make_shared<RestoreTask>();
  command->add_option("dir", task->directory, "the backup")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_option("--data", task->data, "the data directory; made if missing, must be empty")
      ->required()
      ->type_name("NEWDIR");
  auto* seq = command->add_option("--to-seq", task->to_seq, "as of the last block that ends at or before this seq");
  command->add_option("--to-time", task->to_time, "as of the last block that ends at or before this time, in UTC")
      ->type_name("TIME")
      ->excludes(seq);
  auto* journal = add_journal(*command, task->journal);
  auto* etcd = add_etcd(*command, task->etcd)->needs(journal);
  auto* cluster = command->add_flag("--cluster", task->cluster,
                                    "for `up --cluster`: with an etcd of three members in the data directory, too");
  cluster->excludes(etcd);
  command->add_option("--port-base", task->port_base, "with --cluster: that of the `up` that will run there")
      ->check(CLI::Range(1024u, 65460u))
      ->needs(cluster)
      ->capture_default_str();
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "Stop the store that it replaces first, and do not take its other data along.\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --to-time 2026-11-21T18:42:49Z\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --cluster\n"
      "Example: pygmy restore /var/backups/shop --data ./data-2 --journal etcd --etcd etcd-1:2379,etcd-2:2379");
  command->callback([&exit_code, task] {
    if (task->cluster) task->journal = "etcd";
    exit_code = restore(*task);
  });
}

void add_trim(CLI::App& app, int& exit_code) {
  auto* stream = app.add_subcommand("stream", "look after the stream that the brokers keep")->require_subcommand(1);
  auto* command = stream->add_subcommand("trim", "have the brokers let go of what comes before a seq");
  auto task = std::make_shared<TrimTask>();
  auto timeout_ms = std::make_shared<std::uint64_t>(kTrimMs);
  command->add_option("--before", task->before, "the first seq that is to be kept; the block that holds it stays whole")
      ->required()
      ->type_name("SEQ");
  add_brokers(*command, task->brokers, "all brokers of the store");
  auto* backup = command->add_option("--backup", task->backup, "a backup that has what goes")
                     ->check(CLI::ExistingDirectory)
                     ->type_name("DIR");
  command->add_flag("--without-backup", task->without_backup, "there need not be one")->excludes(backup);
  command->add_flag("--dry-run", task->dry_run, "only say whether it could be done");
  as_duration(command->add_option("--timeout", *timeout_ms, "how long a broker that does not answer is waited for"))
      ->default_str("5s");
  command->add_flag("--json", task->json, "print JSON");
  command->footer(
      "Refused while somebody still has to apply what would go, and while fewer than two catalog and two order "
      "replicas\n"
      "have their views past it on stable storage: a lost one is made again from a peer's.\n"
      "Example: pygmy backup /var/backups/shop; pygmy stream trim --before 1000000 --backup /var/backups/shop");
  command->callback([&exit_code, task, timeout_ms] {
    task->timeout = std::chrono::milliseconds(*timeout_ms);
    exit_code = trim(*task);
  });
}

// One for all three forms of `at`, alive as long as the app.
struct AtOptions {
  Shared shared;
  Past past;
  std::string what;
  SearchTask search;
  std::uint64_t no = 0;
};

void add_at(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("at", "the store as it was at a seq, out of its stream or a backup");
  auto options = std::make_shared<AtOptions>();
  command->add_option("seq", options->past.seq, "the seq")->required()->type_name("SEQ");
  command->add_option("--backup", options->past.backup, "out of this backup; else of a running store")
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
  form("lookup", "one item", "lookup 2",
       [](const Common& common, const AtOptions& at) { return lookup_at(common, at.past, at.what); })
      ->add_option("what", options->what, "its id, or its title")
      ->required()
      ->type_name("ID|TITLE");
  form("order", "one order", "order 17",
       [](const Common& common, const AtOptions& at) { return order_at(common, at.past, at.no); })
      ->add_option("no", options->no, "its number")
      ->required();
  auto* search = form("search", "items by topic, by words of the title, or all", "search --topic travel",
                      [](const Common& common, const AtOptions& at) { return search_at(common, at.past, at.search); });
  search->add_option("--topic", options->search.topic, "the topic, whole");
  search->add_option("--text", options->search.text, "words, or their beginnings, all of them");
  search->add_option("--after", options->search.after, "continue after this one");
  search->add_option("--limit", options->search.limit, "at most this many")
      ->check(CLI::Range(1U, msg::kPageMax))
      ->capture_default_str();
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
