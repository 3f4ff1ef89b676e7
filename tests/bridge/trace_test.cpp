// Which requests are traced, and which traceparent headers are valid (W3C Trace Context).
#include "bridge/trace.h"

#include <gmock/gmock.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

constexpr base::Mono kBeginning{};
const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";

std::string header(const std::string& version, const std::string& trace, const std::string& parent,
                   const std::string& rest) {
  return version + "-" + trace + "-" + parent + "-" + rest;
}
const TraceParent kSampled{kTrace, kParent, true};
const TraceParent kUnsampled{kTrace, kParent, false};

TEST(Traceparent, IsRead) {
  const auto read = traceparent_of(header("00", kTrace, kParent, "01"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_id, kTrace);
  EXPECT_EQ(read->parent_id, kParent);
  EXPECT_TRUE(read->sampled);
}

TEST(Traceparent, OnlyTheLastBitOfItsFlagsSaysThatTheCallerTraces) {
  for (const auto& [flags, sampled] : std::vector<std::pair<std::string, bool>>{{"00", false},
                                                                                {"01", true},
                                                                                {"02", false},
                                                                                {"03", true},
                                                                                {"ff", true},
                                                                                {"fe", false},
                                                                                {"10", false},
                                                                                {"0a", false},
                                                                                {"0b", true}}) {
    EXPECT_EQ(traceparent_of(header("00", kTrace, kParent, flags)).value().sampled, sampled) << flags;
  }
}

TEST(Traceparent, OfAVersionOfTheFutureTheKnownPartIsRead) {
  for (const auto* rest : {"01", "01-", "01-what-the-future-brings"}) {
    const auto read = traceparent_of(header("cc", kTrace, kParent, rest));
    ASSERT_TRUE(read) << rest;
    EXPECT_EQ(read->trace_id, kTrace);
    EXPECT_TRUE(read->sampled);
  }
}

TEST(Traceparent, InvalidOnesAreIgnored) {
  auto upper = kTrace;
  upper[1] = 'A';
  for (const auto& invalid :
       {std::string(), std::string("00"), std::string(55, '-'), std::string(55, '0'), std::string(16'000, 'a'),
        std::string(55, '\0'), header("ff", kTrace, kParent, "01"), header("0g", kTrace, kParent, "01"),
        header("00", upper, kParent, "01"), header("00", std::string(32, '0'), kParent, "01"),
        header("00", kTrace, std::string(16, '0'), "01"), header("00", kTrace, kParent, "0"),
        header("00", kTrace, kParent, "0x"), header("00", kTrace, kParent, "01-"),
        header("cc", kTrace, kParent, "01.x"), header("00", kTrace.substr(1), kParent + "0", "01"),
        " " + header("00", kTrace, kParent, "01"),
        header("00", kTrace, kParent, "01") + ", " + header("00", kTrace, kParent, "01")}) {
    EXPECT_FALSE(traceparent_of(invalid)) << invalid.substr(0, 60);
  }
}

TEST(Tracer, ACallerThatTracesDecides) {
  Tracer none(0, 1);
  Tracer all(1, 1);
  const auto trace = none.begin(kSampled, kBeginning);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id, kTrace);
  EXPECT_EQ(trace->parent_id, kParent);
  EXPECT_NE(trace->span_id, kParent);
  EXPECT_FALSE(all.begin(kUnsampled, kBeginning));
}

TEST(Tracer, OfTheOthersThePartIsTraced) {
  Tracer tracer(0.1, 1);
  int traced = 0;
  for (int i = 0; i < 1000; ++i) traced += tracer.begin({}, kBeginning + i * 1s) ? 1 : 0;
  EXPECT_NEAR(traced, 100, 40);
  EXPECT_EQ(tracer.refused(), 0U);
}

TEST(Tracer, IdsAreHexAndDiffer) {
  Tracer tracer(1, 1);
  const auto one = tracer.begin({}, kBeginning);
  const auto other = tracer.begin({}, kBeginning);
  EXPECT_THAT(one->traceparent(), testing::MatchesRegex("00-[0-9a-f]*-[0-9a-f]*-01"));
  EXPECT_TRUE(traceparent_of(one->traceparent()));
  EXPECT_NE(one->trace_id, other->trace_id);
  EXPECT_EQ(one->parent_id, "");
}

TEST(Tracer, StrangersDoNotBeginAnyNumberOfTraces) {
  Tracer tracer(0, 1);
  std::uint32_t begun = 0;
  for (int i = 0; i < 10'000; ++i) begun += tracer.begin(kSampled, kBeginning + i * 100us) ? 1U : 0U;  // in a second
  EXPECT_LE(begun, Tracer::kTracesPerSecond + Tracer::kTracesAtOnce);
  EXPECT_GE(begun, Tracer::kTracesAtOnce);
  EXPECT_EQ(tracer.refused(), 10'000U - begun);
}

TEST(Trace, NotesABoundedNumberOfCallsAndSpans) {
  Trace trace;
  client::Answer answer;
  answer.header.spans = std::vector<msg::Span>(1000, {"x", 1});
  answer.refusal = msg::Refusal{.code = msg::Code::kBusy};
  for (int i = 0; i < 100; ++i) trace.called("place", kBeginning, kBeginning + 1ms, answer);
  ASSERT_EQ(trace.calls.size(), Trace::kCallsMax);
  EXPECT_EQ(trace.calls[0].spans.size(), Trace::kSpansMax);
  EXPECT_EQ(trace.calls[0].refusal, msg::Code::kBusy);
}

}  // namespace
}  // namespace bridge
