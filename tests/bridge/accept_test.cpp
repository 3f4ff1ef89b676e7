// The headers Accept and Accept-Encoding.
#include "bridge/accept.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

TEST(Accept, TakesATypeByItsNameItsRangeOrEveryType) {
  for (const char* accept :
       {"", "*/*", "application/json", "APPLICATION/JSON", "application/*", "text/html, application/json",
        "text/html,*/*;q=0.1", "application/json;q=0.001", "application/json; charset=utf-8",
        "text/html;level=1;q=0.5 , application/json ; q = 1", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        ", ,", "application/json;q=1.000", "*/*;q=0, application/json", "application/*;q=0, application/json;q=0.1"}) {
    EXPECT_TRUE(accepts(accept, "application/json")) << accept;
  }
}

TEST(Accept, RefusesWhatIsNotNamedOrHasNoWeight) {
  for (const char* accept : {"text/html", "application/xml, text/*", "application/json;q=0", "application/json;q=0.000",
                             "*/*;q=0", "*/*, application/json;q=0", "application/*;q=0, */*", "application/jso*",
                             "application/problem+json", "text/html;application/json"}) {
    EXPECT_FALSE(accepts(accept, "application/json")) << accept;
  }
}

TEST(Accept, IgnoresParametersOfTheAnswer) {
  EXPECT_TRUE(accepts("text/plain", "text/plain; version=0.0.4"));
  EXPECT_TRUE(accepts("text/plain;version=0.0.4;q=0.5,application/openmetrics-text", "text/plain"));
}

TEST(Accept, AnEntryThatCannotBeReadIsSkipped) {
  EXPECT_TRUE(accepts("application/json;q=high", "application/json")) << "as if there were no list";
  EXPECT_FALSE(accepts("application/json;q=high, text/html", "application/json"));
}

TEST(AcceptEncoding, WantsGzipUnlessItsWeightIsZeroOrPlainBytesAreLiked) {
  for (const char* wanted : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.1", "*", "br;q=1, *;q=0.5",
                             "identity;q=0.5, gzip;q=0.5", "gzip, deflate, br, zstd"}) {
    EXPECT_TRUE(wants_gzip(wanted)) << wanted;
  }
  for (const char* plain : {"", "identity", "gzip;q=0", "gzip; q=0.0", "gzip;q=0, *", "*;q=0", "deflate, br", "gzipped",
                            "identity, gzip;q=0.5", "gzip;q=x"}) {
    EXPECT_FALSE(wants_gzip(plain)) << plain;
  }
}

}  // namespace
}  // namespace bridge
