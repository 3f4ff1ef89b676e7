#include "bridge/signer.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

constexpr const char* kShared = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOther = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr const char* kOwn = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* kOwnWithPublicKey =
    "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==";

std::string signatures(const std::string& keys) {
  const auto signer = Signer::read(keys);
  if (!signer) return "no signer: " + signer.error().message;
  return signer->signatures("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");
}

std::string refusal(const std::string& keys) {
  const auto signer = Signer::read(keys);
  return signer ? "it was taken" : signer.error().message;
}

// The first value is that of the libraries of Standard Webhooks; Python's hmac and cryptography computed the others.
constexpr const char* kBySharedKey = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr const char* kByOtherKey = "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44=";
constexpr const char* kByOwnKey =
    "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ==";

TEST(Signer, SignsAsStandardWebhooksSay) {
  EXPECT_EQ(signatures(kShared), kBySharedKey);
  EXPECT_EQ(signatures(kOther), kByOtherKey);
  EXPECT_EQ(signatures(kOwn), kByOwnKey);
  EXPECT_EQ(signatures(kOwnWithPublicKey), kByOwnKey);
}

TEST(Signer, SignsWithEachKeyOfTheFile) {
  const auto file = std::string("# the old one\r\n") + kShared + "\r\n\n" + kOther + "\n" + kOwn;
  EXPECT_EQ(signatures(file), std::string(kBySharedKey) + " " + kByOtherKey + " " + kByOwnKey);
}

TEST(Signer, EachPartOfTheMessageIsSigned) {
  const auto signer = Signer::read(kShared);
  ASSERT_TRUE(signer);
  const auto all = signer->signatures("id", 7, "body");
  EXPECT_NE(signer->signatures("other", 7, "body"), all);
  EXPECT_NE(signer->signatures("id", 8, "body"), all);
  EXPECT_NE(signer->signatures("id", 7, "bodies"), all);
}

TEST(Signer, AFaultyFileIsRefusedWithItsLineAndWithoutItsKey) {
  EXPECT_EQ(refusal(""), "there is no key");
  EXPECT_EQ(refusal("# nothing\n\n"), "there is no key");
  EXPECT_EQ(refusal(std::string(kShared) + "\nsecret"), "line 2: a key begins with whsec_ or whsk_");
  EXPECT_EQ(refusal("whsec_AAECAwQFBgc="), "line 1: a shared key has 24 to 64 bytes");
  EXPECT_EQ(refusal("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"), "line 1: an Ed25519 key has 32 or 64 bytes");
  for (const auto* key : {"whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYq=TwjUPD8ILPZIo2LaLaSw",
                          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*w", "whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"}) {
    EXPECT_EQ(refusal(key), "line 1: the key is not base64") << key;
  }
  EXPECT_EQ(refusal("whsec_" + std::string(2000, 'A')), "line 1: the key is not base64");
  std::string many;
  for (std::size_t i = 0; i <= Signer::kKeysMax; ++i) many += std::string(kShared) + "\n";
  EXPECT_EQ(refusal(many), "there are more than 8 keys");
}

}  // namespace
}  // namespace bridge
