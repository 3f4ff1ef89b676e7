#include "books/manifest.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/directory.h"

namespace books {
namespace {

using ::testing::HasSubstr;

Manifest some() {
  Manifest manifest;
  manifest.store = "store-a";
  manifest.block = base::BlockNo(7);
  manifest.seq = base::Seq(1234);
  for (int i = 0; i < 32; ++i) manifest.hash += static_cast<char>(0xf0 + i);
  manifest.at = 1'795'285'369'505;
  manifest.digest = {manifest.seq, 0xfedcba9876543210, 1};
  manifest.items = 3;
  manifest.orders = 2;
  manifest.taken = 1'795'285'370'000;
  manifest.program = "pygmy 0.1.0";
  return manifest;
}

std::string why_not(std::string text, const std::string& part, const std::string& instead) {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, part.size(), instead);
  const auto read = parse_manifest(text);
  return read ? "it was read" : read.error().message;
}

TEST(Manifest, IsReadAsItWasWritten) {
  const support::Directory directory;
  write_manifest(directory.string(), some());
  EXPECT_EQ(read_manifest(directory.string()).value(), some());
  auto next = some();
  next.seq = base::Seq(1235);
  next.digest.seq = next.seq;
  write_manifest(directory.string(), next);
  EXPECT_EQ(whole_backup(directory.string()).value(), next);
}

TEST(Manifest, WithoutAManifestThereIsNoWholeBackup) {
  const support::Directory directory;
  std::ofstream(directory / "manifest.json.new") << manifest_text(some());
  EXPECT_EQ(read_manifest(directory.string()).value(), std::nullopt);
  EXPECT_THAT(whole_backup(directory.string()).error().message, HasSubstr("not hold a whole backup"));
}

TEST(Manifest, AFieldThatIsMissingOrMalformedIsNamed) {
  const auto text = manifest_text(some());
  EXPECT_THAT(why_not(text, "\"seq\": 1234", "\"seq\": -1"), HasSubstr("'seq'"));
  EXPECT_THAT(why_not(text, "\"block\": 7", "\"block\": \"7\""), HasSubstr("'block'"));
  EXPECT_THAT(why_not(text, "\"store\"", "\"stare\""), HasSubstr("'store'"));
  EXPECT_THAT(why_not(text, "fedc", "fedx"), HasSubstr("'items_digest'"));
  EXPECT_THAT(why_not(text, "f0f1", ""), HasSubstr("'hash'"));
  EXPECT_THAT(why_not(text, "2026", "20x6"), HasSubstr("'at'"));
  EXPECT_THAT(why_not(text, "\"format\": 2", "\"format\": 3"), HasSubstr("has format 3"));
  EXPECT_THAT(why_not(text, "\"format\": 2", "\"format\": 0"), HasSubstr("has format 0"));
  EXPECT_THAT(why_not(text, "}", ""), HasSubstr("not a JSON object"));
  EXPECT_FALSE(parse_manifest("[]"));
}

TEST(Manifest, EachFieldMustBeThere) {
  const auto text = manifest_text(some());
  for (const auto* name : {"format", "store", "seq", "block", "hash", "at", "items", "items_digest", "orders",
                           "orders_digest", "taken", "program"}) {
    const auto quoted = '"' + std::string(name) + '"';
    EXPECT_EQ(why_not(text, quoted + ":", "\"other\":"),
              "its field '" + std::string(name) + "' is missing or malformed");
  }
}

TEST(Manifest, IsOfTheShopWhoseSeqAndDigestsItTells) {
  const auto same = some().digest;
  EXPECT_TRUE(same_shop(same, some()));
  EXPECT_FALSE(same_shop({base::Seq(1235), same.items, same.orders}, some()));
  EXPECT_FALSE(same_shop({same.seq, same.items + 1, same.orders}, some()));
  EXPECT_FALSE(same_shop({same.seq, same.items, same.orders + 1}, some()));
}

TEST(Manifest, TheDigestOfOrdersInTheFirstFormatIsNotCompared) {
  auto text = manifest_text(some());
  text.replace(text.find("\"format\": 2"), 11, "\"format\": 1");
  const auto first = parse_manifest(text).value();
  auto here = some().digest;
  here.orders += 1;
  EXPECT_TRUE(same_shop(here, first));
  EXPECT_FALSE(same_shop(here, some()));
  here.items += 1;
  EXPECT_FALSE(same_shop(here, first));
}

}  // namespace
}  // namespace books
