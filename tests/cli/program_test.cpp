#include "cli/program.h"

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
  std::string complaint(const std::vector<std::string>& words) {
    try {
      app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      return cli::complaint_about(app, error);
    }
    return {};
  }

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
    if (command->get_name() == "stream") continue;
    EXPECT_TRUE(cli::takes_config(*command)) << command->get_name();
    EXPECT_NE(command->get_option_no_throw("--log-level"), nullptr) << command->get_name();
  }
}

TEST_F(ProgramTest, NoValueIsEmpty) {
  EXPECT_NE(complaint({"buy", "1", "--key", ""}).find("--key: must not be empty"), std::string::npos);
  EXPECT_NE(complaint({"import", ""}).find("must not be empty"), std::string::npos);
}

TEST_F(ProgramTest, AWordThatIsNotKnownIsNamedWithTheNearest) {
  EXPECT_EQ(complaint({"lokup", "1"}), "there is no command 'lokup'; did you mean 'lookup'?");
  EXPECT_EQ(complaint({"lookup", "1", "--frehs=2"}), "there is no option '--frehs'; did you mean '--fresh'?");
  EXPECT_EQ(complaint({"stream", "trm", "--before", "1"}), "there is no command 'trm'; did you mean 'trim'?");
  EXPECT_EQ(complaint({"at", "1", "lookup", "2", "--backpu", "x"}),
            "there is no option '--backpu'; did you mean '--backup'?");
  EXPECT_EQ(complaint({"lookup", "1", "2"}), "'2' is one argument too many");
  EXPECT_EQ(complaint({"zebra"}), "there is no command 'zebra'");
}

}  // namespace
