// Manual pages.
#include "cli/man.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ManTest : public testing::Test {
 protected:
  ManTest() { cli::build(app, exit_code); }

  std::string page(const std::string& command) {
    return cli::man_page(*app.get_subcommand(command), "pygmy " + command);
  }

  int exit_code = 0;
  CLI::App app{"Pygmy: the back end of a shop.", "pygmy"};
};

TEST_F(ManTest, ThePageOfTheProgramNamesThePageOfEveryCommand) {
  const auto page = cli::man_page(app, "pygmy");
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    auto name = command->get_name();
    if (const auto dash = name.find('-'); dash != std::string::npos) name.insert(dash, "\\");
    EXPECT_THAT(page, HasSubstr(".BR pygmy\\-" + name + " (1)\n"));
  }
}

TEST_F(ManTest, APageHasTheOptionsAndTheExamplesOfItsCommand) {
  EXPECT_THAT(page("buy"), AllOf(HasSubstr(".SH NAME\npygmy\\-buy \\- buy items; one atomic order\n"),
                                 HasSubstr("\\fB\\-\\-expect\\-price\\fR"),
                                 HasSubstr(".EX\nExample: pygmy buy 1:2 3 \\-\\-customer ann\n.EE\n")));
}

TEST_F(ManTest, ACommandOfCommandsNamesTheirPages) {
  EXPECT_THAT(page("stream"), HasSubstr(".BR pygmy\\-stream\\-trim (1)\n"));
}

TEST_F(ManTest, NoTextIsTakenForARequestOfRoff) {
  CLI::App odd("a first line\n.so /etc/passwd\n'br\nC:\\n", "odd");
  EXPECT_THAT(cli::man_page(odd, "odd"),
              AllOf(HasSubstr("\n\\&.so /etc/passwd\n\\&'br\nC:\\en\n"), Not(HasSubstr("\n.so"))));
}

}  // namespace
