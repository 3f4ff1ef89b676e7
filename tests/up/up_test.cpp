// The plan of `up`, and the logs and ends of its children.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/options_lists.h"
#include "tests/support/directory.h"
#include "up/child.h"
#include "up/plan.h"
#include "up/secure.h"

namespace {

using testing::ElementsAre;

std::vector<std::string> arguments(const up::ChildPlan& child, const std::string& name) {
  std::vector<std::string> values;
  for (auto at = child.arguments.begin(); at != child.arguments.end(); ++at) {
    if (*at == name) values.push_back(*(at + 1));
  }
  return values;
}

std::string argument(const up::ChildPlan& child, const std::string& name) {
  const auto values = arguments(child, name);
  return values.empty() ? "" : values.front();
}

TEST(UpPlan, StartsAProcessAfterThoseThatItNeeds) {
  std::vector<std::string> instances;
  for (const auto& child : up::plan({}, "/data")) instances.push_back(child.instance);
  EXPECT_THAT(instances, ElementsAre("broker-1", "catalog-1", "catalog-2", "order-1", "order-2", "order-3",
                                     "frontend-1", "frontend-2", "bridge-1"));
}

TEST(UpPlan, NoTwoProcessesListenOnOnePort) {
  std::multiset<unsigned> ports;
  const up::UpOptions options{
      .brokers = 3, .catalogs = 20, .orders = 20, .frontends = 10, .port_base = 9000, .http = "9900"};
  for (const auto& child : up::plan(options, "/data")) ports.insert(child.ports.begin(), child.ports.end());
  EXPECT_EQ(std::set<unsigned>(ports.begin(), ports.end()).size(), ports.size());
  EXPECT_EQ(*ports.begin(), 9000U);
}

TEST(UpPlan, OptionsReachTheProcessesThatTheyAreFor) {
  const up::UpOptions options{.cache_bytes = 5,
                              .cache_items = 4,
                              .clients = {.rate = 8, .burst = 9, .connections = 7},
                              .lease_ms = 700,
                              .heartbeat_ms = 40};
  for (const auto& child : up::plan(options, "/data")) {
    EXPECT_EQ(argument(child, "--client-rate"), child.role == "frontend" ? "8" : "") << child.instance;
    EXPECT_EQ(argument(child, "--client-burst"), child.role == "frontend" ? "9" : "") << child.instance;
    EXPECT_EQ(argument(child, "--client-connections"), child.role == "frontend" ? "7" : "") << child.instance;
    if (child.role == "bridge") continue;
    EXPECT_EQ(argument(child, "--heartbeat-ms"), "40") << child.instance;
    EXPECT_EQ(argument(child, "--lease-ms"), child.role == "broker" ? "700" : "") << child.instance;
    EXPECT_EQ(argument(child, "--cache-bytes"), child.role == "frontend" ? "5" : "") << child.instance;
    EXPECT_EQ(argument(child, "--cache-items"), child.role == "frontend" ? "4" : "") << child.instance;
    EXPECT_EQ(argument(child, "--data"), child.role == "frontend" ? "" : "/data/" + child.instance);
  }
}

TEST(UpPlan, BrokersAreToldHowToReachEtcd) {
  up::UpOptions options{.journal = "etcd"};
  options.etcd = {{"etcd-1:2379", "etcd-2:2379"}, "shop", "ca.pem", "cert.pem", "key.pem"};
  for (const auto& child : up::plan(options, "/data")) {
    const bool broker = child.role == "broker";
    EXPECT_EQ(arguments(child, "--etcd"), broker ? options.etcd.endpoints : std::vector<std::string>{});
    EXPECT_EQ(argument(child, "--etcd-prefix"), broker ? "shop" : "");
    EXPECT_EQ(argument(child, "--etcd-ca"), broker ? "ca.pem" : "");
    EXPECT_EQ(argument(child, "--etcd-cert"), broker ? "cert.pem" : "");
    EXPECT_EQ(argument(child, "--etcd-key"), broker ? "key.pem" : "");
  }
}

TEST(UpPlan, EachHasItsPlaceAmongThePorts) {
  const up::UpOptions options{
      .brokers = 2, .catalogs = 2, .orders = 2, .frontends = 2, .port_base = 9000, .cluster = true};
  std::vector<std::string> places;
  for (const auto& child : up::plan(options, "/data")) {
    places.push_back(
        fmt::format("{} {} {} {}", child.role, child.instance, child.endpoint, fmt::join(child.ports, " ")));
  }
  EXPECT_THAT(
      places,
      ElementsAre("etcd etcd-1 http://127.0.0.1:9060 9060 9065", "etcd etcd-2 http://127.0.0.1:9061 9061 9066",
                  "etcd etcd-3 http://127.0.0.1:9062 9062 9067", "broker broker-1 tcp://127.0.0.1:9000 9000 9001 9002",
                  "broker broker-2 tcp://127.0.0.1:9003 9003 9004 9005", "catalog catalog-1 tcp://127.0.0.1:9030 9030",
                  "catalog catalog-2 tcp://127.0.0.1:9031 9031", "order order-1 tcp://127.0.0.1:9050 9050",
                  "order order-2 tcp://127.0.0.1:9051 9051", "frontend frontend-1 tcp://127.0.0.1:9010 9010",
                  "frontend frontend-2 tcp://127.0.0.1:9012 9012", "bridge bridge-1 http://127.0.0.1:8080 8080"));
}

TEST(UpPlan, AClusterOfItsOwnKnowsItsMembersAndBrokersKnowThem) {
  const up::UpOptions options{.port_base = 9000, .journal = "etcd", .cluster = true, .etcd_token = "token"};
  const auto children = up::plan(options, "/data");
  EXPECT_THAT(
      children[1].arguments,
      ElementsAre("--name", "etcd-2", "--data-dir", "/data/etcd-2", "--listen-client-urls", "http://127.0.0.1:9061",
                  "--advertise-client-urls", "http://127.0.0.1:9061", "--listen-peer-urls", "http://127.0.0.1:9066",
                  "--initial-advertise-peer-urls", "http://127.0.0.1:9066", "--initial-cluster",
                  "etcd-1=http://127.0.0.1:9065,etcd-2=http://127.0.0.1:9066,etcd-3=http://127.0.0.1:9067",
                  "--initial-cluster-token", "token", "--logger", "zap", "--log-level", "warn", "--snapshot-count",
                  "2000", "--pre-vote=true", "--heartbeat-interval", "50", "--election-timeout", "500"));
  EXPECT_EQ(children[1].program, "etcd");
  EXPECT_EQ(children[1].directory, "/data/etcd-2");
  EXPECT_EQ(children[3].instance, "broker-1");
  EXPECT_THAT(arguments(children[3], "--etcd"), ElementsAre("127.0.0.1:9060", "127.0.0.1:9061", "127.0.0.1:9062"));
  EXPECT_EQ(argument(children[3], "--etcd-ca"), "");
  EXPECT_EQ(children[4].instance, "broker-2") << "on etcd there are two unless another number is given";
}

TEST(UpPlan, AClusterWithCertificatesTalksOverTlsAndBrokersHaveACertificateOfTheirOwn) {
  up::UpOptions options{.port_base = 9000, .journal = "etcd", .cluster = true};
  options.keys.directory = "/k";
  up::use_etcd_certificates(options);
  for (const bool single : {false, true}) {
    options.single = single;
    for (const auto& child : up::plan(options, "/data")) {
      const bool member = child.role == "etcd", broker = child.role == "broker" || child.role == "node";
      const auto& words = child.arguments;
      for (const std::string kind : {"--", "--peer-"}) {
        const auto asks = std::count(words.begin(), words.end(), kind + "client-cert-auth=true");
        EXPECT_EQ(asks, member ? 1 : 0) << child.instance;
        EXPECT_EQ(argument(child, kind + "trusted-ca-file"), member ? "/k/etcd/ca.pem" : "");
        EXPECT_EQ(argument(child, kind + "cert-file"), member ? "/k/etcd/member.pem" : "");
        EXPECT_EQ(argument(child, kind + "key-file"), member ? "/k/etcd/member.key" : "");
      }
      EXPECT_EQ(argument(child, "--peer-cert-allowed-cn"), member ? "etcd" : "");
      EXPECT_EQ(argument(child, "--etcd-ca"), broker ? "/k/etcd/ca.pem" : "");
      EXPECT_EQ(argument(child, "--etcd-cert"), broker ? "/k/etcd/broker.pem" : "");
      EXPECT_EQ(argument(child, "--etcd-key"), broker ? "/k/etcd/broker.key" : "");
      for (const auto& word : words) EXPECT_EQ(word.find("http://"), std::string::npos) << word;
    }
  }
}

TEST(UpPlan, AProcessIsToldAllOfThis) {
  const auto children = up::plan({.brokers = 1, .catalogs = 1, .log_level = "debug"}, "/data");
  EXPECT_THAT(children[1].arguments,
              ElementsAre("catalog", "--instance", "catalog-1", "--listen", "tcp://127.0.0.1:7430", "--heartbeat-ms",
                          "50", "--log-level", "debug", "--ipc", "ipc:///data/run/catalog-1.sock", "--data",
                          "/data/catalog-1", "--brokers", "ipc:///data/run/broker-1.sock"));
  EXPECT_EQ(children[1].directory, "/data/catalog-1");
  EXPECT_EQ(children[1].program, "");
  EXPECT_EQ(argument(children[0], "--journal"), "sqlite");
  EXPECT_EQ(argument(children[0], "--brokers"), "");
  EXPECT_EQ(argument(children.back(), "--log-level"), "debug");
}

TEST(UpPlan, AProcessOnAllAddressesIsReachedAtLoopback) {
  const auto children = up::plan({.bind = "0.0.0.0"}, "/data");
  EXPECT_EQ(argument(children.front(), "--listen"), "tcp://0.0.0.0:7400");
  EXPECT_EQ(children.front().endpoint, "tcp://127.0.0.1:7400");
}

TEST(UpPlan, TheBridgeIsToldItsNamesAndThePagesThatMayUseIt) {
  process::SiteOptions site{{"shop", "fd00::5"}, {"https://a", "https://b"}, "off", "/c.pem", "/k.pem", 5, 7, 9,
                            {"10.0.0.1"}};
  site.webhooks = "/w.json";
  for (const bool single : {false, true}) {
    const auto bridge = up::plan({.single = single, .site = site}, "/data").back();
    EXPECT_THAT(arguments(bridge, "--host"), ElementsAre("shop", "fd00::5"));
    EXPECT_THAT(arguments(bridge, "--cors"), ElementsAre("https://a", "https://b"));
    EXPECT_EQ(argument(bridge, "--labs"), "off");
    EXPECT_EQ(argument(bridge, "--webhooks"), "/w.json");
    EXPECT_EQ(argument(bridge, "--data"), "/data") << "the files of webhooks are there";
    EXPECT_EQ(argument(bridge, "--rate"), "5");
    EXPECT_EQ(argument(bridge, "--burst"), "7");
    EXPECT_EQ(argument(bridge, "--connections"), "9");
    EXPECT_EQ(argument(bridge, "--trusted-proxy"), "10.0.0.1");
    EXPECT_EQ(argument(bridge, "--tls-cert"), "/c.pem");
    EXPECT_EQ(argument(bridge, "--tls-key"), "/k.pem");
    EXPECT_EQ(up::cores_of(bridge).back().endpoint, "https://127.0.0.1:8080");
  }
}

TEST(UpPlan, TheBridgeHoldsAnEdgeThatFollowsAllBrokers) {
  const auto bridge =
      up::plan({.brokers = 2, .cache_bytes = 5, .cache_items = 4, .journal = "etcd", .cluster = true}, "/data").back();
  EXPECT_THAT(arguments(bridge, "--brokers"),
              ElementsAre("ipc:///data/run/broker-1.sock", "ipc:///data/run/broker-2.sock"));
  EXPECT_EQ(argument(bridge, "--cache-bytes"), "5");
  EXPECT_EQ(argument(bridge, "--cache-items"), "4");
}

TEST(UpPlan, TheBridgeAsksAllFrontendsAndKillsProcessesOnlyInADemonstration) {
  const auto bridge = up::plan({.bind = "0.0.0.0", .http = "8081"}, "/data").back();
  EXPECT_EQ(bridge.ports, std::vector<unsigned>{8081});
  EXPECT_EQ(bridge.endpoint, "http://127.0.0.1:8081");
  EXPECT_EQ(argument(bridge, "--listen"), "0.0.0.0:8081");
  EXPECT_THAT(arguments(bridge, "--frontend"),
              ElementsAre("ipc:///data/run/frontend-1.sock", "ipc:///data/run/frontend-2.sock"));
  EXPECT_EQ(argument(bridge, "--data"), "");
  EXPECT_THAT(bridge.arguments, testing::Not(testing::Contains("--demo")));
  EXPECT_THAT(up::plan({.demo = true}, "/data").back().arguments, testing::Contains("--demo"));
  EXPECT_EQ(argument(up::plan({.bind = "*"}, "/data").back(), "--listen"), "0.0.0.0:8080");
  EXPECT_EQ(argument(up::plan({.bind = "10.0.0.1"}, "/data").back(), "--listen"), "10.0.0.1:8080");
  EXPECT_EQ(argument(up::plan({.demo = true}, "/data").back(), "--data"), "/data");
}

TEST(UpPlan, APathMayHoldAnyCharacter) {
  const std::string data = "/a,tcp:b, ipc:c=d\"e";
  const up::UpOptions options{.brokers = 2, .frontends = 2, .journal = "etcd"};
  for (const auto& child : up::plan(options, data)) {
    if (child.role != "broker" && child.role != "bridge") {
      EXPECT_THAT(arguments(child, "--brokers"),
                  ElementsAre("ipc://" + data + "/run/broker-1.sock", "ipc://" + data + "/run/broker-2.sock"));
    }
    if (child.role == "bridge") {
      EXPECT_THAT(arguments(child, "--frontend"),
                  ElementsAre("ipc://" + data + "/run/frontend-1.sock", "ipc://" + data + "/run/frontend-2.sock"));
    }
    for (const auto& value : child.arguments) {
      if (value.rfind("ipc://", 0) != 0) continue;
      EXPECT_THAT(cli::split_list(value), ElementsAre(value));
    }
  }
}

TEST(UpPlan, WithoutIpcIfPathsAreTooLongForASocket) {
  const std::string longest(90 - 1 - std::string("/run/frontend-10.sock").size(), 'd');
  EXPECT_NE(argument(up::plan({}, longest).front(), "--ipc"), "");
  EXPECT_EQ(argument(up::plan({}, longest + "d").front(), "--ipc"), "");
  const auto children = up::plan({.http = "off"}, "/" + std::string(100, 'd'));
  EXPECT_EQ(argument(children.front(), "--ipc"), "");
  EXPECT_EQ(argument(children.back(), "--brokers"), "tcp://127.0.0.1:7400");
}

TEST(ChildLog, IsPutAsideWhenItIsTooLongAndTheChildContinuesInIt) {
  const support::Directory directory;
  const auto log = directory / "order-1.log";
  std::ofstream child(log, std::ios::app);
  const auto text = [](const std::string& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  child << "a line\n" << std::flush;
  up::wrap_log(log, 7, 2);
  EXPECT_EQ(text(log), "a line\n");
  child << "another\n" << std::flush;
  up::wrap_log(log, 7, 2);
  EXPECT_EQ(text(log + ".1"), "a line\nanother\n");
  child << "more\n" << std::flush;
  EXPECT_EQ(text(log), "more\n");
  up::wrap_log(log, 2, 2);
  EXPECT_EQ(text(log + ".1"), "more\n");
  EXPECT_EQ(text(log + ".2"), "a line\nanother\n");
  child << "last\n" << std::flush;
  up::wrap_log(log, 2, 2);
  EXPECT_EQ(text(log + ".1"), "last\n");
  EXPECT_EQ(text(log + ".2"), "more\n");
  EXPECT_FALSE(std::filesystem::exists(log + ".3")) << "two are kept";
  EXPECT_TRUE(up::wrap_log(directory / "none.log", 0, 2));
}

TEST(ChildLog, StaysAsItIsIfItCannotBePutAside) {
  const support::Directory directory;
  const auto log = directory / "order-1.log";
  std::ofstream(log) << "a line\n";
  std::filesystem::create_directories(log + ".1/not-empty");
  EXPECT_FALSE(up::wrap_log(log, 2, 1));
  EXPECT_EQ(std::filesystem::file_size(log), 7U);
  EXPECT_FALSE(std::filesystem::exists(log + ".new")) << "half a copy is removed";
}

TEST(ChildEnd, IsDescribedInWords) {
  EXPECT_EQ(up::describe_end(SIGKILL), "killed by signal 9 (Killed)");
  EXPECT_EQ(up::describe_end(3 << 8), "ended with exit code 3");
}

}  // namespace
