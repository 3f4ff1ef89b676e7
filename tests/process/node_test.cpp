#include "process/node.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "tests/support/directory.h"
#include "up/plan.h"

namespace {

using testing::ElementsAre;

std::string argument_of(const up::ChildPlan& child, const std::string& name) {
  for (auto at = child.arguments.begin(); at != child.arguments.end(); ++at) {
    if (*at == name) return *(at + 1);
  }
  return "";
}

void expect_like(const process::ProcessOptions& process, const up::ChildPlan& child) {
  EXPECT_EQ(process.instance, child.instance);
  EXPECT_EQ(process.listen, argument_of(child, "--listen")) << child.instance;
  EXPECT_EQ(process.ipc, argument_of(child, "--ipc")) << child.instance;
}

// So a store may be started as several processes and as one, in turn.
TEST(NodeRoles, HaveThePlacesThatTheFirstProcessesOfAnUpHave) {
  for (const std::string data :
       {"/data", "/a/path/that/is/too/long/for/the/address/of/a/socket/of/the/family/unix/in/linux"}) {
    const auto roles = process::node_roles({}, data);
    const auto children = up::plan({.brokers = 1, .catalogs = 1, .orders = 1, .frontends = 1, .http = "8080"}, data);
    ASSERT_EQ(children.size(), 5U);
    expect_like(roles.broker->process, children[0]);
    EXPECT_EQ(roles.broker->data, children[0].directory);
    expect_like(roles.catalog->process, children[1]);
    EXPECT_EQ(roles.catalog->data, children[1].directory);
    EXPECT_THAT(roles.catalog->brokers, ElementsAre(argument_of(children[1], "--brokers")));
    expect_like(roles.order->process, children[2]);
    EXPECT_EQ(roles.order->data, children[2].directory);
    expect_like(roles.frontend->process, children[3]);
    EXPECT_EQ(roles.bridge->instance, children[4].instance);
    EXPECT_EQ(roles.bridge->listen, argument_of(children[4], "--listen"));
    EXPECT_THAT(roles.bridge->frontends, ElementsAre(argument_of(children[4], "--frontend")));
  }
}

TEST(NodeRoles, AreOnlyThoseThatAreAskedFor) {
  const auto roles = process::node_roles(
      {.name = "2", .roles = {"order"}, .advertise = "host-2", .brokers = {"tcp://host-1:7400"}}, "/data");
  EXPECT_FALSE(roles.broker || roles.catalog || roles.frontend || roles.bridge);
  EXPECT_EQ(roles.order->process.instance, "order-2");
  EXPECT_EQ(roles.order->process.advertise, "tcp://host-2:7450");
  EXPECT_EQ(roles.order->data, "/data/order-2");
  EXPECT_THAT(roles.order->brokers, ElementsAre("tcp://host-1:7400"));
}

TEST(NodeRoles, TheBridgeIsToldItsNamesAndThePagesThatMayUseIt) {
  const auto site = process::node_roles({.site = {{"shop"}, {"https://a"}, "off"}}, "/data").bridge->site;
  EXPECT_THAT(site.hosts, ElementsAre("shop"));
  EXPECT_THAT(site.origins, ElementsAre("https://a"));
  EXPECT_EQ(site.labs, "off");
}

TEST(NodeRoles, TheBridgeListensOnThePortAndTheAddressOfTheNode) {
  const auto listen = [](const std::string& bind) {
    return process::node_roles({.bind = bind, .http = "81"}, "/data").bridge->listen;
  };
  EXPECT_EQ(listen("127.0.0.2"), "127.0.0.2:81");
  EXPECT_EQ(listen("*"), "0.0.0.0:81");
}

TEST(NodeRoles, HearTheirOwnBrokerFirst) {
  const auto roles = process::node_roles({.brokers = {"tcp://host-2:7400"}, .journal = "etcd"}, "/data");
  EXPECT_THAT(roles.order->brokers, ElementsAre("ipc:///data/run/broker-1.sock", "tcp://host-2:7400"));
  EXPECT_EQ(roles.broker->brokers, roles.order->brokers);
}

TEST(NodeRoles, AnEtcdOfOtherMachinesNeedsCertificates) {
  process::NodeOptions options{.journal = "etcd", .etcd = {.endpoints = {"etcd-1:2379"}}};
  EXPECT_THROW(process::node_roles(options, "/data"), std::runtime_error);
  options.keys.insecure = true;
  EXPECT_NO_THROW(process::node_roles(options, "/data"));
  options = {.etcd = {.endpoints = {"etcd-1:2379"}}};
  EXPECT_NO_THROW(process::node_roles(options, "/data")) << "its journal is not there";
}

TEST(NodeRoles, WithoutAnybodyToHearItSaysWhichOptionIsMissing) {
  const auto complaint = [](const process::NodeOptions& options) -> std::string {
    try {
      process::node_roles(options, "/data");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint({.roles = {"order"}}), testing::HasSubstr("--brokers"));
  EXPECT_THAT(complaint({.roles = {"bridge"}}), testing::HasSubstr("--frontend"));
}

TEST(NodeRoles, HaveTheNumbersOfTheNode) {
  const auto roles = process::node_roles({.cache_bytes = 5,
                                          .cache_items = 4,
                                          .snapshot_behind = 6,
                                          .clients = {.rate = 8, .burst = 9, .connections = 7},
                                          .lease_ms = 700,
                                          .heartbeat_ms = 40,
                                          .members = {"order-1"}},
                                         "/data");
  EXPECT_EQ(roles.frontend->cache_bytes, 5U);
  EXPECT_EQ(roles.frontend->cache_items, 4U);
  EXPECT_EQ(roles.frontend->clients.rate, 8U);
  EXPECT_EQ(roles.frontend->clients.burst, 9U);
  EXPECT_EQ(roles.frontend->clients.connections, 7U);
  EXPECT_EQ(roles.catalog->snapshot_behind, 6U);
  EXPECT_EQ(roles.broker->lease_ms, 700U);
  EXPECT_EQ(roles.order->process.heartbeat_ms, 40U);
  EXPECT_THAT(roles.broker->members, ElementsAre("order-1"));
}

TEST(NodeRoles, HaveTheDefaultsOfTheSeparateProcesses) {
  const auto roles = process::node_roles({}, "/data");
  EXPECT_EQ(roles.frontend->cache_bytes, up::UpOptions().cache_bytes);
  EXPECT_EQ(roles.catalog->snapshot_behind, process::ReplicaOptions().snapshot_behind);
  EXPECT_EQ(roles.broker->lease_ms, up::UpOptions().lease_ms);
  EXPECT_EQ(roles.order->process.heartbeat_ms, up::UpOptions().heartbeat_ms);
}

// A broker that has lost its directory must not begin a new stream beside the views of the old one.
TEST(NodeDirectories, ThatOfABrokerIsMadeOnlyIfNoViewIsThere) {
  const support::Directory data;
  const auto made = [&](const std::vector<std::string>& roles) {
    process::make_directories(process::node_roles({.roles = roles, .brokers = {"tcp://a:1"}}, data.string()),
                              data.string());
    std::set<std::string> there;
    for (const auto& entry : std::filesystem::directory_iterator(data.string())) there.insert(entry.path().filename());
    return there;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(made({"frontend"}), Names({"run"}));
  EXPECT_EQ(made({"broker"}), Names({"run", "broker-1"}));
  EXPECT_EQ(made(process::kNodeRoles), Names({"run", "broker-1", "catalog-1", "order-1"}));
  for (const std::string view : {"catalog-1", "order-1"}) {
    for (const std::string each : {"broker-1", "catalog-1", "order-1"}) std::filesystem::remove(data / each);
    std::filesystem::create_directory(data / view);
    EXPECT_EQ(made(process::kNodeRoles), Names({"run", "catalog-1", "order-1"})) << view;
  }
}

TEST(UpPlan, AStoreOfOneProcessHasOneOfEachRole) {
  const up::UpOptions options{.brokers = 1,
                              .catalogs = 1,
                              .orders = 1,
                              .frontends = 1,
                              .cache_bytes = 5,
                              .cache_items = 4,
                              .clients = {.rate = 8, .burst = 9, .connections = 7},
                              .lease_ms = 700,
                              .heartbeat_ms = 40,
                              .single = true};
  const auto children = up::plan(options, "/data");
  ASSERT_EQ(children.size(), 1U);
  const auto& node = children[0];
  EXPECT_EQ(node.instance, "node-1");
  EXPECT_THAT(node.ports, ElementsAre(7400, 7401, 7402, 7430, 7450, 7410, 8080));
  EXPECT_EQ(node.endpoint, "tcp://127.0.0.1:7410");
  for (const auto& [name, value] : {std::pair{"--data", "/data"},
                                    {"--cache-bytes", "5"},
                                    {"--cache-items", "4"},
                                    {"--client-rate", "8"},
                                    {"--client-burst", "9"},
                                    {"--client-connections", "7"},
                                    {"--lease-ms", "700"},
                                    {"--heartbeat-ms", "40"},
                                    {"--http", "8080"},
                                    {"--port-base", "7400"},
                                    {"--members", "catalog-1,order-1"}}) {
    EXPECT_EQ(argument_of(node, name), value) << name;
  }
  std::vector<std::string> instances;
  for (const auto& core : up::cores_of(children)) instances.push_back(core.instance);
  EXPECT_THAT(instances, ElementsAre("broker-1", "catalog-1", "order-1", "frontend-1", "bridge-1"));
}

TEST(UpPlan, AClusterOfNodesHasThreeAtAddressesOfTheirOwn) {
  const up::UpOptions options{
      .brokers = 3, .catalogs = 3, .orders = 3, .frontends = 3, .journal = "etcd", .single = true, .cluster = true};
  const auto children = up::plan(options, std::string(80, '/'));  // no room for ipc
  ASSERT_EQ(children.size(), 6U);
  EXPECT_EQ(children[0].role, "etcd");
  const auto& node = children[4];
  EXPECT_EQ(node.instance, "node-2");
  EXPECT_EQ(node.bind, "127.0.0.2");
  EXPECT_THAT(node.ports, ElementsAre(7400, 7401, 7402, 7430, 7450, 7410, 8080));
  EXPECT_EQ(node.endpoint, "tcp://127.0.0.2:7410");
  EXPECT_EQ(argument_of(node, "--name"), "2");
  EXPECT_EQ(argument_of(node, "--bind"), "127.0.0.2");
  EXPECT_EQ(argument_of(node, "--brokers"), "tcp://127.0.0.1:7400");
  EXPECT_EQ(std::count(node.arguments.begin(), node.arguments.end(), "tcp://127.0.0.3:7400"), 1);
  EXPECT_EQ(std::count(node.arguments.begin(), node.arguments.end(), "tcp://127.0.0.2:7400"), 0) << "its own";
  EXPECT_EQ(argument_of(node, "--members"), "catalog-1,catalog-2,catalog-3,order-1,order-2,order-3");
  EXPECT_EQ(argument_of(node, "--etcd"), "127.0.0.1:7460");
  EXPECT_EQ(argument_of(node, "--journal"), "etcd");
  EXPECT_EQ(up::cores_of(children).size(), 3U + 3U * 5U);
}

}  // namespace
