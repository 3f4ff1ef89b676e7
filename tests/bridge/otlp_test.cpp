// The JSON form of spans: golden text, and times that lie inside one another.
#include "bridge/otlp.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

namespace bridge {
namespace {

using namespace std::chrono_literals;
using Parsed = nlohmann::json;

constexpr base::Mono kBegin{5s};
constexpr base::Duration kWall = 1'700'000'000s;

class OtlpTest : public testing::Test {
 protected:
  OtlpTest() {
    trace.trace_id = "0af7651916cd43dd8448eb211c80319c";
    trace.span_id = "00f067aa0ba902b7";
    trace.parent_id = "b7ad6b7169203331";
    trace.method = "POST";
    trace.route = "/v1/orders";
    trace.begin = kBegin;
    trace.end = kBegin + 1ms;
    trace.status = 201;
    trace.ids = base::Random(7);
  }
  void call(std::vector<msg::Span> spans, std::optional<msg::Code> refusal = {}) {
    trace.calls.push_back({"place", kBegin + 100us, kBegin + 900us, std::move(spans), refusal});
  }
  Parsed spans() {
    const auto envelope = envelope_of("bridge-1", "1.2.3");
    const auto body = Parsed::parse(envelope.head + spans_of(trace, kWall).text + envelope.tail);
    return body["resourceSpans"][0]["scopeSpans"][0]["spans"];
  }
  Parsed span(const std::string& name) {
    for (const auto& each : spans()) {
      if (each["name"] == name) return each;
    }
    ADD_FAILURE() << "no span " << name;
    return {};
  }

  Trace trace;
};

std::map<std::string, std::string> attributes(const Parsed& span) {
  std::map<std::string, std::string> all;
  for (const auto& each : span["attributes"]) all[each["key"]] = each["value"].begin()->get<std::string>();
  return all;
}

TEST_F(OtlpTest, GoldenText) {
  call({{"frontend", 600}});
  const auto made = spans_of(trace, kWall);
  EXPECT_EQ(made.spans, 3U);
  EXPECT_EQ(
      made.text,
      R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7","parentSpanId":"b7ad6b7169203331",)"
      R"("name":"POST /v1/orders","kind":2,"startTimeUnixNano":"1700000005000000000",)"
      R"("endTimeUnixNano":"1700000005001000000","attributes":[)"
      R"({"key":"http.request.method","value":{"stringValue":"POST"}},)"
      R"({"key":"http.route","value":{"stringValue":"/v1/orders"}},)"
      R"({"key":"url.scheme","value":{"stringValue":"http"}},)"
      R"({"key":"http.response.status_code","value":{"intValue":"201"}}],"status":{}},)"
      R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"63cbe1e459320dd7","parentSpanId":"00f067aa0ba902b7",)"
      R"("name":"place","kind":3,"startTimeUnixNano":"1700000005000100000","endTimeUnixNano":"1700000005000900000",)"
      R"("attributes":[{"key":"rpc.system","value":{"stringValue":"pygmy"}},)"
      R"({"key":"rpc.method","value":{"stringValue":"place"}}],"status":{}},)"
      R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"044c3cd7f43c661c","parentSpanId":"63cbe1e459320dd7",)"
      R"("name":"frontend","kind":1,"startTimeUnixNano":"1700000005000200000","endTimeUnixNano":"1700000005000800000",)"
      R"("attributes":[{"key":"pygmy.role","value":{"stringValue":"frontend"}}],"status":{}})");
  const auto envelope = envelope_of("bridge-1", "1.2.3");
  EXPECT_EQ(envelope.head,
            R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pygmy"}},)"
            R"({"key":"service.version","value":{"stringValue":"1.2.3"}},)"
            R"({"key":"service.instance.id","value":{"stringValue":"bridge-1"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"pygmy"},"spans":[)");
}

TEST_F(OtlpTest, ATraceThatBeginsHereHasNoParent) {
  trace.parent_id.clear();
  EXPECT_FALSE(span("POST /v1/orders").contains("parentSpanId"));
}

TEST_F(OtlpTest, ARefusalByARuleOfTheShopIsNoError) {
  trace.status = 409;
  call({}, msg::Code::kOutOfStock);
  EXPECT_EQ(span("POST /v1/orders")["status"], Parsed::object());
  EXPECT_EQ(span("place")["status"], Parsed::object());
  EXPECT_EQ(attributes(span("place"))["error.type"], "out_of_stock");
}

TEST_F(OtlpTest, AStoreThatDoesNotAnswerIsAnError) {
  trace.status = 503;
  call({}, msg::Code::kUnavailable);
  EXPECT_EQ(span("POST /v1/orders")["status"]["code"], 2);
  EXPECT_EQ(attributes(span("POST /v1/orders"))["error.type"], "503");
  EXPECT_EQ(span("place")["status"]["code"], 2);
  EXPECT_EQ(attributes(span("place"))["error.type"], "unavailable");
}

// The store's processes may tell any number and any text.
TEST_F(OtlpTest, NoSpanReachesBeyondItsParent) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  call({{"order", 500},
        {"decide", 10},
        {"commit", 480},
        {"append", 30},
        {"queue", kHuge},
        {"flush", kHuge},
        {"fan-out", 9000},
        {"a \"strange\" tier\n\xff", 3},
        {"gate", kHuge},
        {"frontend", 700}});
  call({{"frontend", kHuge}});
  trace.calls.back().end = kBegin + 1h;
  trace.calls.back().begin = kBegin - 1h;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> times;
  for (const auto& each : spans()) {
    const auto begin = std::stoll(each["startTimeUnixNano"].get<std::string>());
    const auto end = std::stoll(each["endTimeUnixNano"].get<std::string>());
    EXPECT_LE(begin, end) << each;
    EXPECT_TRUE(times.emplace(each["spanId"], std::pair(begin, end)).second) << "the ids differ";
    if (each["parentSpanId"] == "b7ad6b7169203331") continue;
    const auto [outer_begin, outer_end] = times.at(each["parentSpanId"]);
    EXPECT_LE(outer_begin, begin) << each;
    EXPECT_LE(end, outer_end) << each;
  }
  EXPECT_EQ(times.size(), 14U);
}

TEST_F(OtlpTest, EachTierNamesItsProcess) {
  call({{"order", 500}, {"commit", 480}, {"flush", 100}, {"new", 1}, {"gate", 9}, {"frontend", 700}});
  for (const auto& [tier, role] : std::map<std::string, std::string>{{"frontend", "frontend"},
                                                                     {"gate", "frontend"},
                                                                     {"order", "order"},
                                                                     {"commit", "order"},
                                                                     {"flush", "broker"}}) {
    EXPECT_EQ(attributes(span(tier))["pygmy.role"], role) << tier;
  }
  EXPECT_TRUE(attributes(span("new")).empty());
}

}  // namespace
}  // namespace bridge
