// The sections of the help that are not options, and the types of options.
#include "cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/man.h"
#include "cli/program.h"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class HelpTest : public testing::Test {
 protected:
  HelpTest() { cli::build(app, exit_code); }

  static std::vector<CLI::App*> commands_of(CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
  }
  static std::string help_of(const CLI::App& command) {
    return command.get_formatter()->make_help(&command, command.get_name(), CLI::AppFormatMode::Normal);
  }
  // Calls `check` with the help and with the manual page of every command.
  template <class Check>
  void each_text(CLI::App& command, Check check) {
    check(help_of(command));
    check(cli::man_page(command, command.get_name()));
    for (auto* sub : commands_of(command)) each_text(*sub, check);
  }

  int exit_code = 0;
  CLI::App app{"Pygmy: the back end of a shop.", "pygmy"};
};

TEST_F(HelpTest, TheHelpAndThePageOfTheProgramHaveItsExitCodesAndVariables) {
  const auto help = help_of(app);
  const auto page = cli::man_page(app, "pygmy");
  ASSERT_FALSE(cli::exit_statuses().empty());
  for (const auto& [code, what] : cli::exit_statuses()) {
    EXPECT_THAT(help, HasSubstr(what));
    EXPECT_THAT(page, HasSubstr(".B " + std::to_string(code) + "\n"));
  }
  ASSERT_FALSE(cli::variables().empty());
  for (const auto& [name, what] : cli::variables()) {
    EXPECT_THAT(help, HasSubstr(name));
    EXPECT_THAT(page, HasSubstr("\\fB" + std::string(name) + "\\fR\n"));
  }
  EXPECT_THAT(help_of(*app.get_subcommand("buy")), Not(HasSubstr("Exit status")));
}

TEST_F(HelpTest, ThePageOfACommandHasTheVariablesThatItReads) {
  const auto of_buy = cli::variables_of(*app.get_subcommand("buy"));
  EXPECT_THAT(of_buy, Contains(Pair("PYGMY_FRONTEND", "As --frontend.")));
  EXPECT_THAT(of_buy, Contains(Pair("PYGMY_KEY_FILE", "As --key-file.")));
  EXPECT_THAT(of_buy, Contains(Pair("PYGMY_CONFIG", "As --config.")));
  EXPECT_THAT(of_buy, Contains(Pair("PYGMY_TOKEN", testing::_)));
  EXPECT_THAT(of_buy, Not(Contains(Pair("PYGMY_KEY", testing::_)))) << "the key of a request is no setting";
  EXPECT_THAT(cli::variables_of(*app.get_subcommand("up")), Contains(Pair("PYGMY_BROKER_COUNT", "As --brokers.")));
  EXPECT_THAT(cli::variables_of(*app.get_subcommand("keys")->get_subcommand("list")),
              Contains(Pair("PYGMY_KEYS", "As --keys.")));
  EXPECT_THAT(cli::man_page(*app.get_subcommand("buy"), "pygmy buy"),
              HasSubstr(".SH ENVIRONMENT\n.TP\n\\fBPYGMY_FRONTEND\\fR\nAs \\-\\-frontend.\n"));
}

TEST_F(HelpTest, ThatOfAnImportHasEveryColumn) {
  EXPECT_THAT(app.get_subcommand("import")->get_description(),
              HasSubstr("title, topic, price, stock and, if they are there, id, currency, retired, terms, places, "
                        "description, topics, attributes, low"));
}

TEST_F(HelpTest, TypesAreInPlainWords) {
  each_text(app, [](const std::string& text) {
    for (const auto* inner :
         {"UINT", " INT", "INT in", "FLOAT", ":{", ":FILE", ":DIR", "TEXT:", "POSITIVE", "[b, kb"}) {
      EXPECT_THAT(text, Not(HasSubstr(inner)));
    }
  });
  const auto up = help_of(*app.get_subcommand("up"));
  for (const auto* type : {"N(1 to 10)=2", "N(1 to 3)", "sqlite|etcd=sqlite", "PORT|off=8080", "SIZE=67108864"}) {
    EXPECT_THAT(up, HasSubstr(type));
  }
  EXPECT_THAT(help_of(*app.get_subcommand("cancel")), HasSubstr("order N REQUIRED"));
  EXPECT_THAT(help_of(*app.get_subcommand("bench")), HasSubstr("DURATION=5s"));
  EXPECT_THAT(help_of(*app.get_subcommand("hold")), HasSubstr("--ttl DURATION "));
}

}  // namespace
