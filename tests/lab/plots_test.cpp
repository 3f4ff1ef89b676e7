// The script for gnuplot.
#include "lab/plots.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

using testing::HasSubstr;

std::string script_of(const Plot& plot) { return gnuplot_script({{'a', "", "", {}, {plot}, {}}}); }

TEST(LabPlots, LinesAreDrawnOverTheFirstColumn) {
  const auto script = script_of({"b-sweep", "mean", "p", "ms", Plot::Kind::kLines, {1, 2}});
  EXPECT_THAT(script,
              HasSubstr("plot 'b-sweep.csv' using 1:2 title columnheader(2), '' using 1:3 title columnheader(3)\n"));
  EXPECT_THAT(script, HasSubstr("set output 'b-sweep.svg'"));
  EXPECT_THAT(script, HasSubstr("set output 'b-sweep.png'"));
}

TEST(LabPlots, BarsAreNamedByTheFirstColumn) {
  const auto script = script_of({"c-means", "mean", "step", "ms", Plot::Kind::kBars, {1}});
  EXPECT_THAT(script, HasSubstr("set style data histogram"));
  EXPECT_THAT(script, HasSubstr("plot 'c-means.csv' using 2:xtic(1) title columnheader(2)\n"));
}

TEST(LabPlots, AQuoteDoesNotEndAText) {
  EXPECT_THAT(script_of({"x", "the labs' figures", "", "", Plot::Kind::kLines, {1}}),
              HasSubstr("set title 'the labs'' figures'"));
}

}  // namespace
}  // namespace lab
