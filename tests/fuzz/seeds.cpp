// Writes the first inputs into FOLDER/TARGET: each message of tests/msg/examples.h, alone and at each place where a
// target reads a message, and a short script for each core. The fuzzer varies them.
//
//   fuzz_seeds FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/fuzz.h"
#include "tests/msg/examples.h"
#include "tests/support/blocks.h"

namespace {

std::filesystem::path g_folder;

void write(const std::string& target, const std::string& name, const std::string& input) {
  std::filesystem::create_directories(g_folder / target);
  std::ofstream(g_folder / target / name, std::ios::binary) << input;
}

void decoders() {
  std::size_t index = 0;
  examples::for_each([&](const std::string& name, const auto& value) {
    write("message", name, fuzz::Script().step(index++, 3).text() + msg::encoded(value));
  });
  base::Bytes frame;
  msg::append_message(frame, examples::request_header(), msg::Lookup{base::ItemId(2), {}});
  msg::append_refusal(frame, 7, base::Seq(1), examples::refusal());
  write("envelope", "packed", frame);
  auto block = examples::block();
  write("block", "examples", fuzz::Script().step(9, 0).text() + msg::encode_block(block));
  const support::Stream stream;
  write("block", "first", fuzz::Script().step(1, 1).text() + stream[1]);
}

void texts() {
  write("csv", "plain", "id,title,topic,price,stock\n1,RPCs for Dummies,rpc,49.95,100\n2,\"a, \"\"b\"\"\",t,0.5,0\n");
  write("csv", "without_ids", "\xef\xbb\xbfprice,stock,title,topic\r\n25,7,t,\"two\nlines\"\r\n");
  for (const auto* text : {"25", "25.99", "0.5", "10000000.00", "+7", "-12", "18446744073709551615"}) {
    write("money", text, text);
  }
  write("json", "order",
        fuzz::Script().step(0).text() +
            R"({"lines":[{"item":2,"quantity":1,"price":4995}],"customer":"ann","type":"buy"})");
  write("json", "items",
        fuzz::Script().step(1).text() + R"({"items":[{"id":9,"title":"T \u20ac","topic":"","price":0,"stock":1}]})");
  write("json", "price", fuzz::Script().step(2).text() + R"({"price":2499})");
  write("json", "movement", fuzz::Script().step(3).text() + R"({"delta":-3,"reason":null})");
  write("json", "trace", fuzz::Script().step(4).text() + R"({"request":"lookup","item":2})");
  write("json", "lab_order", fuzz::Script().step(5).text() + R"({"name":"Tux","quantity":1,"type":"sell"})");
  write("json", "deep", fuzz::Script().step(0).text() + R"([[[[[[[[-1,true,false,1e5]]]]]]]])");
  write("config", "some", "heartbeat-ms = 50\nbrokers = [\"tcp://a:1\", \"b\"]\n[broker]\ndata = 'x'\nsync = true\n");
  for (const auto* text : {"tcp://127.0.0.1:7400", "tcp://[::1]:65533", "ipc:///run/pygmy/broker", "order-2"}) {
    write("endpoint", std::to_string(std::string(text).size()), text);
  }
}

void journal() {
  support::Stream stream;
  stream.block({support::item_added(1)});
  const auto control = msg::encoded(msg::Control{"store-a", {}, {}, {}, {}, 500});
  fuzz::Script script;
  script.bytes(control).step(255, 0, 0).bytes(stream[1]).step(255, 0, 0).bytes(stream[2]);
  write("journal", "two_blocks", script.text());
  write("journal", "misplaced", fuzz::Script().bytes(control).step(2, 1, 1).bytes(stream[1]).text());
}

// A frame with each request, for every core whose steps begin with a frame.
void frames() {
  examples::for_each_request([&](const std::string& name, const auto& request) {
    base::Bytes frame;
    msg::append_request(frame, {}, request);
    write("broker", "frame_" + name, fuzz::Script().step(0, 0).bytes(frame).step(3, 7, 4).text());
    for (const auto* target : {"catalog", "order", "frontend"}) {
      write(target, "frame_" + name, fuzz::Script().step(0).bytes(frame).text());
    }
  });
  const auto heartbeat = msg::encoded(examples::heartbeat());
  write("broker", "heartbeat", fuzz::Script().step(2, 2).bytes(heartbeat).text());
  write("frontend", "heartbeat", fuzz::Script().step(12, 2).bytes(heartbeat).text());
}

void scripts() {
  const auto lookup = msg::encoded(msg::Lookup{base::ItemId(1), {}});
  const auto search = msg::encoded(msg::Search{"distributed systems", "rpc dummies", {}, 3});
  fuzz::Script broker;  // creates a store, appoints a writer, appends twice, grants a lease
  broker.step(3, 1, 4).step(5, 0, 1, 1, 0).step(3, 1, 4).step(6, 0, 1, 4).step(6, 0, 2, 7, 0, 0, 2, 4, 8, 0, 0, 2);
  write("broker", "a_day", broker.step(3, 60, 4, 9, 1, 3, 60, 4).text());
  write("catalog", "queries", fuzz::Script().step(1).bytes(lookup).step(2).bytes(search).step(5, 9).text());
  fuzz::Script order;  // adds, buys, repeats, restocks, asks for an outcome; commits between them
  order.step(2, 0, 1, 1, 1, 4, 2, 1, 2, 1, 1, 4, 2, 1, 2, 1, 1, 2, 4, 3, 1, 9, 2, 6, 5, 1, 1, 4, 4, 4);
  write("order", "a_day", order.step(7, 8, 2, 7, 4, 8, 3, 8, 1, 2, 1, 6, 1, 2, 4).text());
  // An add and a restock; then each kind of request with the same short digest: ahead, committed, and of format 2.
  fuzz::Script keys;
  keys.step(7, 2, 0, 1, 1, 1, 4).step(2, 4, 2, 1, 3, 11, 5, 2, 4, 11, 5, 2);
  keys.step(11, 6, 2, 4, 3, 1, 3, 11, 5, 3, 4, 11, 5, 3);
  keys.step(2, 0, 3, 1, 1, 2, 1, 3, 1, 1, 2, 3, 3, 1, 1, 2, 4, 3, 1, 3);
  write("order", "keys_of_others", keys.text());
  fuzz::Script frontend;  // a read and its answer, a cache hit, an event, a write and its answer
  frontend.step(2, 0, 0, 7, 0, 0, 2, 2, 0, 0, 9, 0, 1, 3, 0, 7, 2, 0, 0, 3).step(10, 20, 4, 1, 9, 0, 6, 0, 3, 1);
  write("frontend", "a_day", frontend.step(1, 1).bytes(search).step(0).text());
  fuzz::Script client;  // a read, then a write in two copies that is refused, and its outcome
  client.step(0, 0, 5, 0).bytes(lookup).step(1, 0, 7, 50, 4, 0, 0, 6, 0, 2, 2, 0, 4, 0, 12, 7, 63);
  write("client", "a_day", client.text());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  g_folder = argv[1];
  decoders();
  texts();
  journal();
  frames();
  scripts();
  return 0;
}
