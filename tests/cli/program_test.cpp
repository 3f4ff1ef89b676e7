#include "cli/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/options_config.h"

namespace {

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { cli::build(app, exit_code); }

  static std::vector<CLI::App*> commands_of(CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
  }
  static std::string complaint(CLI::App& app, const std::vector<std::string>& words) {
    try {
      app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      return cli::complaint_about(app, error, words);
    }
    return {};
  }
  std::string complaint(const std::vector<std::string>& words) { return complaint(app, words); }

  int exit_code = 0;
  CLI::App app{"", "pygmy"};
};

TEST_F(ProgramTest, EveryCommandHasAPurposeAndAnExample) {
  for (auto* command : commands_of(app)) {
    EXPECT_NE(command->get_group(), "Subcommands") << command->get_name();
    const auto subs = commands_of(*command);
    const bool shown = command->get_footer().find("Example: ") != std::string::npos;
    EXPECT_TRUE(shown || !subs.empty()) << command->get_name();
    for (const auto* sub : subs) {
      EXPECT_NE(sub->get_footer().find("Example: "), std::string::npos) << sub->get_name();
    }
  }
}

TEST_F(ProgramTest, EveryCommandThatRunsTakesTheGeneralOptions) {
  for (auto* command : commands_of(app)) {
    if (command->get_name() == "stream" || command->get_name() == "keys") continue;  // their commands do
    EXPECT_TRUE(cli::takes_config(*command)) << command->get_name();
    EXPECT_NE(command->get_option_no_throw("--log-level"), nullptr) << command->get_name();
  }
}

TEST_F(ProgramTest, NoValueIsEmpty) {
  EXPECT_NE(complaint({"buy", "1", "--key", ""}).find("--key: must not be empty"), std::string::npos);
  EXPECT_NE(complaint({"import", ""}).find("must not be empty"), std::string::npos);
}

TEST_F(ProgramTest, AMissingArgumentIsNamedWithItsMeaning) {
  EXPECT_EQ(complaint({"cancel"}), "the argument 'order' is missing: number of the order");
  EXPECT_EQ(complaint({"show-order"}),
            "the argument 'order' is missing: number of the order; `pygmy orders` lists them");
  EXPECT_EQ(complaint({"price", "2"}), "the argument 'amount' is missing: the new price, like 34.50");
  EXPECT_EQ(complaint({"add", "--topic", "t", "--price", "1"}), "--title is required");
}

TEST_F(ProgramTest, AnOrderWithoutANumberIsToldHowToFindOne) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"order"}, {"order", "--json"}, {"order", "x17"}}) {
    EXPECT_EQ(complaint(words).find("name the number of an order, like `pygmy order 17`: `pygmy orders` lists"), 0U);
  }
  EXPECT_EQ(complaint({"order", "--instance", "order-1"}), "--listen is required");
  EXPECT_EQ(complaint({"order", "--listen", "tcp://127.0.0.1:7450", "x17"}), "'x17' is one argument too many");
  EXPECT_EQ(complaint({"catalog"}), "--listen is required");
}

TEST_F(ProgramTest, ADurationWithoutAUnitIsToldItsUnits) {
  EXPECT_EQ(complaint({"grant", "reader", "--expires", "30"}),
            "--expires: '30' is not a duration: write a number with its unit (d, h, m, min, ms, s), like 30s");
  EXPECT_EQ(complaint({"status", "--timeout", "5x"}),
            "--timeout: '5x' is not a duration: write a number with its unit (d, h, m, min, ms, s), like 30s");
  for (const auto* timeout : {"s", "-5s", "5S"}) {
    EXPECT_EQ(
        complaint({"status", "--timeout", timeout}).find(fmt::format("--timeout: '{}' is not a duration", timeout)),
        0U);
  }
  for (const auto* timeout : {"5s", "500ms", "1min", "2 s"}) {
    EXPECT_EQ(complaint({"status", "--timeout", timeout, "--zebra"}), "there is no option '--zebra'") << timeout;
  }
}

TEST_F(ProgramTest, ADurationOutOfRangeIsToldTheRange) {
  EXPECT_EQ(complaint({"hold", "1", "--ttl", "1441m"}), "--ttl: '1441m' is out of range: 1ms to 1d");
  EXPECT_EQ(complaint({"hold", "1", "--ttl", "1440m", "--zebra"}), "there is no option '--zebra'");
  EXPECT_EQ(complaint({"extend", "1", "--ttl", "0s"}), "--ttl: '0s' is out of range: 1ms to 1d");
  EXPECT_EQ(complaint({"grant", "reader", "--expires", "0d"}), "--expires: '0d' is out of range: at least 1ms");
}

TEST_F(ProgramTest, ANumberIsAskedForInPlainWords) {
  EXPECT_EQ(complaint({"show-order", "x"}), "order: 'x' is not a number");
  EXPECT_EQ(complaint({"orders", "--after", "many"}), "--after: 'many' is not a number");
  EXPECT_EQ(complaint({"up", "--single=perhaps"}), "--single: 'perhaps' is not true or false");
}

TEST_F(ProgramTest, ANumberMayBeginWithZerosAndIsDecimalAllTheSame) {
  const auto stored = [](const std::vector<std::string>& words, const std::string& command, const std::string& name) {
    int code = 0;
    CLI::App anew{"", "pygmy"};
    cli::build(anew, code);
    const auto said = complaint(anew, words);
    EXPECT_NE(said.find("zebra"), std::string::npos) << said;
    return anew.get_subcommand(command)->get_option(name)->as<std::string>();
  };
  EXPECT_EQ(stored({"cancel", "010", "--zebra"}, "cancel", "order"), "10");
  EXPECT_EQ(stored({"restock", "3", "--zebra", "--", "-010"}, "restock", "delta"), "-10");
  EXPECT_EQ(stored({"up", "--port-base", "07000", "--zebra"}, "up", "--port-base"), "7000");
  EXPECT_EQ(stored({"terms", "5", "--per-order", "010", "--zebra"}, "terms", "--per-order"), "10");
  EXPECT_EQ(stored({"holds", "--timeout", "010s", "--zebra"}, "holds", "--timeout"), "10000");
  EXPECT_EQ(stored({"buy", "1", "--key", "007", "--zebra"}, "buy", "--key"), "007") << "no number";
  EXPECT_EQ(complaint({"cancel", "0x10"}), "order: '0x10' is not a number");
  EXPECT_EQ(complaint({"cancel", "18446744073709551616"}), "order: '18446744073709551616' is too large");
  EXPECT_EQ(complaint({"restock", "3", "9223372036854775808"}), "delta: '9223372036854775808' is too large");
}

TEST_F(ProgramTest, NoNumberIsNegative) {
  EXPECT_EQ(complaint({"release", "--", "-1"}), "hold: '-1' is not a number from 0 on");
  EXPECT_EQ(complaint({"holds", "--after=-1"}), "--after: '-1' is not a number from 0 on");
}

TEST_F(ProgramTest, AComplaintNamesTheVariableThatTheValueCameFrom) {
  const auto complaint_with = [](const char* variable, const char* value, const std::vector<std::string>& words) {
    ::setenv(variable, value, 1);
    int code = 0;
    CLI::App anew{"", "pygmy"};
    cli::build(anew, code);
    const auto said = complaint(anew, words);
    ::unsetenv(variable);
    return said;
  };
  for (const auto& [variable, words] : std::vector<std::pair<const char*, std::vector<std::string>>>{
           {"PYGMY_BROKER_COUNT", {"up"}},
           {"PYGMY_CATALOGS", {"up"}},
           {"PYGMY_CACHE_BYTES", {"up"}},
           {"PYGMY_SINGLE", {"up"}},
           {"PYGMY_HTTP", {"up"}},
           {"PYGMY_BROKERS", {"backup", "x"}},
           {"PYGMY_BROKERS", {"stream", "trim", "--before", "1"}},
           {"PYGMY_FRONTEND", {"at", "1", "lookup", "2"}},
           {"PYGMY_LISTEN", {"frontend", "--brokers", "tcp://h:1"}}}) {
    const auto said = complaint_with(variable, "no value", words);
    EXPECT_NE(said.find(variable), std::string::npos) << variable << ": " << said;
    EXPECT_EQ(said.find("--"), std::string::npos) << said;
  }
  EXPECT_EQ(complaint_with("PYGMY_CATALOGS", "2", {"up", "--orders", "x"}).find("PYGMY"), std::string::npos);
  EXPECT_EQ(complaint_with("PYGMY_ORDERS", "2", {"up", "--orders=x"}).find("PYGMY"), std::string::npos);
  EXPECT_EQ(complaint_with("PYGMY_CLUSTER", "true", {"up", "--journal", "etcd"}), "--journal excludes PYGMY_CLUSTER");
}

TEST_F(ProgramTest, TheVariableOfAListOfBrokersIsNoNumberOfBrokers) {
  ::setenv("PYGMY_BROKERS", "tcp://h:1", 1);
  EXPECT_EQ(complaint({"up", "--print-config"}), "");
  ::unsetenv("PYGMY_BROKERS");
}

// Each value is followed by an option that is not known. If the value is refused, that is told first, and no command
// runs.
TEST_F(ProgramTest, EveryNumberHasItsBounds) {
  struct Bounds {
    std::string command, option;
    std::uint64_t least, most;
  };
  const std::vector<Bounds> all{{"up", "--brokers", 1, 3},          {"up", "--catalogs", 1, 10},
                                {"up", "--orders", 1, 10},          {"up", "--frontends", 1, 10},
                                {"up", "--port-base", 1024, 65460}, {"up", "--lease-ms", 50, 60000},
                                {"up", "--heartbeat-ms", 5, 2000},  {"up", "--log-bytes", 1024, std::uint64_t{1} << 40},
                                {"up", "--log-files", 1, 100},      {"up", "--http", 1, 65535}};
  for (const auto& [command, option, least, most] : all) {
    for (const auto value : {least - 1, least, most, most + 1}) {
      const bool refused = complaint({command, option, std::to_string(value), "--zebra"}).find(option) == 0;
      EXPECT_EQ(refused, value < least || value > most) << command << " " << option << " " << value;
    }
  }
}

TEST_F(ProgramTest, OnlyTheWordsOfAnOptionAreTaken) {
  for (const auto& [option, word] : {std::pair{"--log-level", "trace"}, std::pair{"--labs", "maybe"},
                                     std::pair{"--currency", "eur"}, std::pair{"--http", "on"}}) {
    EXPECT_EQ(complaint({"up", option, word, "--zebra"}).find(option), 0U) << option;
  }
  for (const auto& [option, word] : {std::pair{"--log-level", "debug"}, std::pair{"--labs", "auto"},
                                     std::pair{"--currency", "JPY"}, std::pair{"--http", "off"}}) {
    EXPECT_EQ(complaint({"up", option, word, "--zebra"}), "there is no option '--zebra'") << option;
  }
}

TEST(Assignments, OfNothingAreRefusedUpToTheEndOfTheOptions) {
  EXPECT_NO_THROW(cli::refuse_empty_assignments({}));
  EXPECT_NO_THROW(cli::refuse_empty_assignments({"buy", "1", "--key=a", "--key=a=", "--key==", "key=", "-k="}));
  EXPECT_NO_THROW(cli::refuse_empty_assignments({"buy", "--", "--key="}));
  try {
    cli::refuse_empty_assignments({"buy", "1", "--key="});
    FAIL() << "it was taken";
  } catch (const CLI::ParseError& error) {
    EXPECT_STREQ(error.what(), "--key: must not be empty");
  }
}

TEST_F(ProgramTest, AWordThatIsNotKnownIsNamedWithTheNearest) {
  EXPECT_EQ(complaint({"lokup", "1"}), "there is no command 'lokup'; did you mean 'lookup'?");
  EXPECT_EQ(complaint({"lookup", "1", "--frehs=2"}), "there is no option '--frehs'; did you mean '--fresh'?");
  EXPECT_EQ(complaint({"stream", "trm", "--before", "1"}), "there is no command 'trm'; did you mean 'trim'?");
  EXPECT_EQ(complaint({"at", "1", "lookup", "2", "--backpu", "x"}),
            "there is no option '--backpu'; did you mean '--backup'?");
  EXPECT_EQ(complaint({"retire", "1"}), "there is no command 'retire'; did you mean 'edit ID --retire'?");
  EXPECT_EQ(complaint({"stream", "list"}), "there is no command 'list'");
  EXPECT_EQ(complaint({"lookup", "1", "2"}), "'2' is one argument too many");
  EXPECT_EQ(complaint({"zebra"}), "there is no command 'zebra'");
}

}  // namespace
